"""What `debian_userland.py` runs: one entry per program of Debian's user land, with what must be in its root.

A case is a command of the guest whose output is the same on every Linux. Where figures in it are the run's own (times,
rates, process numbers), `steady` says which lines count, and numbers in them are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass

PACKAGES = (
    "busybox", "coreutils", "bash", "dash", "python3", "perl", "lua5.4", "sqlite3", "gzip",
    "tar", "xz-utils", "git", "redis-server", "redis-tools", "openssl", "gcc", "libc6-dev", "stress-ng", "sed", "gawk",
    "grep", "findutils", "diffutils", "file", "procps", "util-linux", "make", "netbase",
)  # fmt: skip
"""For `aimc images rootfs`."""


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    command: tuple[str, ...]
    steady: str | None = None
    """Regular expression of the lines to compare, their numbers masked; None: all output, to the byte."""
    timeout_s: float = 300


def _shell(name: str, script: str, shell: str = "/bin/sh", **options: object) -> Case:
    return Case(name, (shell, "-c", script), **options)  # type: ignore[arg-type]


def _python(name: str, source: str) -> Case:
    return Case(f"python3: {name}", ("/usr/bin/python3", "-c", source))


BUSYBOX = """
cd /tmp; mkdir w; cd w; for i in 1 2 3; do echo "line $i" > f$i; done
cat f* | busybox sort -r | busybox tr a-z A-Z | while read a b; do echo "$b-$a"; done
busybox cat <<END
here $((6 * 7)) $(echo nested)
END
echo f?; ls | wc -l; (sleep 0.1; echo background) & wait; echo "waited $?"
set -m; sleep 5 & kill %1; wait %1; echo "killed $?"; f() { return 3; }; f || echo "function $?"
case abc in a*) echo case;; esac; trap 'echo bye' EXIT; false; echo $?
"""
COREUTILS = """
cd /tmp; seq 1 200 > n; sort -rn n | head -3; shuf --random-source=n n | sort -n | cmp - n && echo same
tail -2 n; wc n; cut -c1 n | uniq -c | head -3; tr 1-5 a-e < n | sort -u | md5sum; sha256sum n; sha512sum n; b2sum n
cksum n; base64 n | tail -1; base32 n | tail -1; od -An -tx1 -N8 n; paste -sd+ n | fold -w 20 | tail -1; factor 360360
split -l 50 n part.; ls part.*; cat part.* | cmp - n && echo joined; nl n | tail -1; tac n | head -1; expr 6 '*' 7
join n n | tail -1; comm -12 n n | wc -l; fmt -w 30 n | tail -1; pr -T -3 n | tail -1; printf '%05d|%s\\n' 42 x
expand n | unexpand | cmp - n && echo tabs; tsort <<END
a b
b c
END
mkdir -p d/e; cp -a n d/e/; mv d/e/n d/m; ln d/m d/h; ln -s m d/s; readlink d/s; stat -c '%n %s %h %a' d/m d/h; ls d
touch -d @86400 d/m; stat -c %Y d/m; date -u -d @1000000000; dd if=n bs=7 count=3 2>/dev/null | wc -c; truncate -s 10 n
wc -c < n; chmod 640 d/m; stat -c %a d/m; rm -r d; ls; id -u; env -i A=1 env; basename /a/b.c .c; dirname /a/b; pwd
realpath ../tmp/n; mktemp -u XXX | wc -c; numfmt --to=iec 123456; seq -s, 5; test 3 -gt 2 && echo test
true; false; echo $?; timeout 0.1 sleep 5; echo $?; nice -n 3 nice; echo a | tee x y; cat x y; sync; sum n
yes | head -2; tty; uname -s -m
"""
BASH = """
a=(one two three); a+=(four); echo "${#a[@]} ${a[@]:1:2} ${a[-1]}"; declare -A m=([x]=1 [y]=2); echo $((m[x] + m[y]))
diff <(printf '1\\n2\\n') <(printf '1\\n3\\n'); trap 'echo usr1' USR1; kill -USR1 $$; trap 'echo exit' EXIT
while read -r l; do echo "<$l>"; done < <(echo a; echo b); cat <<< "here string"
s=hello; echo "${s^^} ${s/l/L} ${s:1:3}"
coproc { read x; echo "got $x"; }; echo data >&"${COPROC[1]}"; read y <&"${COPROC[0]}"; echo "$y"; wait
for ((i = 0; i < 3; i++)); do echo -n "$i "; done; echo {a..c}{1,2}; [[ abc =~ ^a(.)c$ ]] && echo "${BASH_REMATCH[1]}"
sleep 0.2 & jobs -r | wc -l; wait -n; echo $?; exec 5> /tmp/f; echo five >&5; exec 5>&-; cat /tmp/f; (exit 7); echo $?
set -o pipefail; false | true; echo "pipefail $?"; printf '%q\\n' 'a b'; mapfile -t l < <(seq 3); echo "${l[@]}"
"""
TEXT_TOOLS = """
cd /tmp; seq 100 | awk '{s += $1} END {print s, length("abc"), substr("hello", 2, 3)}'; seq 20 | sed -n '/1/{s/1/X/;p}'
printf 'b 2\\na 1\\n' | gawk '{x[$1] = $2} END {n = asorti(x, k); for (i = 1; i <= n; i++) print k[i], x[k[i]]}'
seq 1000 | grep -c '7'; echo foobar | grep -oE 'o+|b.'; mkdir -p t/u; touch t/a.c t/u/b.c t/c.h
find t -name '*.c' | sort
find t -type f -print0 | sort -z | xargs -0 -n1 basename; seq 5 > p; seq 2 6 > q; diff -u p q | tail -n +3; cmp p q
file /bin/ls /etc/passwd | sed 's/BuildID[^,]*,//'; printf 'all:\\n\\t@echo made $(X)\\n' > Makefile; make X=it
"""
ARCHIVES = """
cd /tmp; mkdir d; for i in 1 2 3 4 5; do seq $((i * 10000)) > d/f$i; done; cat d/* | sha256sum
tar -C d -cf - . | gzip -9 | gunzip | tar -tf - | sort; tar -cJf d.tar.xz d; mkdir e; tar -xJf d.tar.xz -C e
cat e/d/* | sha256sum; xz -k d/f5; xz -dc d/f5.xz | cmp - d/f5 && echo same; gzip -t < /dev/null; echo $?
"""
GIT = """
cd /tmp; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b HOME=/tmp
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
git init -q -b main r; cd r; seq 100 > f; git add f; git commit -qm first; seq 101 > f; git commit -qam second
git log --format='%H %s'; git diff HEAD~1 --stat; git checkout -qb other HEAD~1
echo x > g; git add g; git commit -qm third; git merge -q --no-edit main; git log --oneline --graph; git fsck
git status --short; git gc -q; git rev-parse HEAD
"""
REDIS = """
cd /tmp; redis-server --port 7777 --save '' --daemonize no > log 2>&1 & p=$!
for i in 1 2 3 4 5 6 7 8 9 10; do redis-cli -p 7777 ping 2>/dev/null && break; sleep 0.2; done
redis-cli -p 7777 set k v; redis-cli -p 7777 incrby n 41; redis-cli -p 7777 incr n; redis-cli -p 7777 get k
redis-benchmark -p 7777 -q -n 500 -c 5 -t ping,set,get,lpush 2>&1 | tr '\\r' '\\n' | grep 'requests per second'
redis-cli -p 7777 shutdown nosave; wait $p; echo "ended $?"
"""
GCC = """
cd /tmp; cat > p.c <<END
#include <math.h>
#include <stdio.h>
int main(void) { double s = 0; for (int i = 1; i < 1000; i++) s += sqrt(i); printf("%.6f\\\\n", s); return 0; }
END
gcc -O2 -Wall p.c -o p -lm && ./p; gcc -g -static p.c -o q -lm && ./q
echo 'int f(void) { return x; }' | gcc -xc - 2>&1 | grep -c error
"""
SQLITE = """
cd /tmp; sqlite3 t.db "create table t(i integer primary key, x int, s text);
with recursive c(n) as (select 1 union all select n + 1 from c where n < 100000) insert into t
select n, n * 7919 % 10007, 'row ' || n from c; create index k on t(x); select count(*), sum(x), max(s) from t;
select x, count(*) from t group by x order by 2 desc, 1 limit 3; select s from t where x = 5000 limit 2;
pragma integrity_check;"
"""
PERL = r"""
my %h; $h{$_ % 7} += $_ for 1 .. 20000; print join(",", map { "$_=$h{$_}" } sort keys %h), "\n";
my $t = join " ", map { chr(97 + $_ % 26) x ($_ % 5) } 1 .. 200; my @w = $t =~ /\b(\w{3,})\b/g; print scalar(@w), "\n";
my $pid = fork; if (!$pid) { exit 3 } waitpid $pid, 0; print $? >> 8, "\n"; open my $p, "-|", "echo piped"; print <$p>;
local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 3; printf "%.10f\n", atan2(1, 1) * 4;
"""
LUA = """
local t = {}; for i = 1, 20000 do t[i] = (i * 7919) % 10007 end; table.sort(t); print(t[1], t[10000], #t)
print(string.format("%q %5.2f", "a\\nb", math.pi), ("hello"):rep(3, "-"):gsub("l+", "L"))
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end); print(co(), co(), co())
print(pcall(error, {code = 1}), select("#", table.unpack({1, 2, 3})), 7 // 2, 2^53, 1 << 40)
local p = io.popen("echo from a pipe"); print(p:read("a")); p:close()
"""

CASES = (
    _shell("busybox sh", BUSYBOX, "/bin/busybox"),
    _shell("coreutils", COREUTILS),
    _shell("bash", BASH, "/bin/bash"),
    _shell("awk, sed, grep, find, diff, file, make", TEXT_TOOLS),
    _python("start-up", "pass"),
    _python(
        "threading",
        "import threading, queue\nq = queue.Queue(); r = []; l = threading.Lock()\ndef work():\n"
        " while (n := q.get()) is not None:\n  with l: r.append(n * n)\n"
        "t = [threading.Thread(target=work) for _ in range(4)]\n[x.start() for x in t]\n"
        "[q.put(n) for n in range(500)]\n"
        "[q.put(None) for _ in t]; [x.join() for x in t]; print(sum(r), len(r))",
    ),
    _python(
        "multiprocessing",
        "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n"
        " with m.get_context('fork').Pool(3) as p: print(sum(p.map(f, range(100))))\n"
        " q = m.Queue(); p = m.Process(target=q.put, args=([1, 2],)); p.start(); print(q.get())\n"
        " p.join(); print(p.exitcode)",
    ),
    _python(
        "subprocess",
        "import subprocess as s\nprint(s.run(['tr', 'a-z', 'A-Z'], input=b'abc', capture_output=True).stdout)\n"
        "print(s.run('exit 3', shell=True).returncode, s.getoutput('echo $((1 + 2))'))\n"
        "p = s.Popen(['sleep', '60']); p.kill(); print(p.wait())",
    ),
    _python(
        "asyncio",
        "import asyncio\nasync def echo(r, w):\n w.write((await r.readline()).upper()); await w.drain(); w.close()\n"
        "async def main():\n s = await asyncio.start_server(echo, '127.0.0.1', 0)\n"
        " port = s.sockets[0].getsockname()[1]\n"
        " async def ask(i):\n  r, w = await asyncio.open_connection('127.0.0.1', port)\n"
        "  w.write(b'line %d\\n' % i); d = await r.read(); w.close(); return d\n"
        " print(await asyncio.gather(*(ask(i) for i in range(20))))\n"
        " p = await asyncio.create_subprocess_exec('echo', 'child', stdout=-1); print(await p.communicate())\n"
        "asyncio.run(main())",
    ),
    _python(
        "socketserver",
        "import socketserver, threading, socket\nclass H(socketserver.StreamRequestHandler):\n"
        " def handle(self): self.wfile.write(self.rfile.readline()[::-1])\n"
        "s = socketserver.ThreadingTCPServer(('127.0.0.1', 0), H); threading.Thread(target=s.serve_forever).start()\n"
        "for i in range(10):\n c = socket.create_connection(s.server_address); c.sendall(b'message %d\\n' % i)\n"
        " print(c.makefile().read().strip()); c.close()\ns.shutdown(); s.server_close()",
    ),
    _python(
        "sqlite3",
        "import sqlite3\nd = sqlite3.connect('/tmp/x.db'); d.execute('create table t(a, b)')\n"
        "d.executemany('insert into t values(?, ?)', ((i, str(i)) for i in range(20000))); d.commit()\n"
        "print(d.execute('select sum(a), max(b) from t').fetchall())",
    ),
    _python(
        "ctypes",
        "import ctypes as c\nl = c.CDLL('libc.so.6'); print(l.abs(-5), l.strlen(b'four'))\n"
        "f = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_int), c.POINTER(c.c_int))\na = (c.c_int * 5)(3, 1, 4, 1, 5)\n"
        "l.qsort(a, 5, 4, f(lambda x, y: x[0] - y[0])); print(list(a))",
    ),
    _python(
        "ssl, hashlib, zlib",
        "import hashlib, ssl, zlib, lzma, bz2, hmac\nd = bytes(range(256)) * 400\n"
        "names = ('md5', 'sha1', 'sha256', 'sha512', 'sha3_256', 'blake2b')\n"
        "print([hashlib.new(n, d).hexdigest()[:8] for n in names])\n"
        "print(ssl.OPENSSL_VERSION_NUMBER > 0, hmac.new(b'k', d, 'sha256').hexdigest(), zlib.crc32(d))\n"
        "print([m.decompress(m.compress(d)) == d for m in (zlib, lzma, bz2)])\nssl.create_default_context()",
    ),
    Case("perl", ("/usr/bin/perl", "-e", PERL)),
    Case("lua", ("/usr/bin/lua5.4", "-e", LUA)),
    _shell("sqlite3, 100,000 rows", SQLITE),
    _shell("gzip, tar, xz", ARCHIVES),
    _shell("git", GIT),
    _shell("redis-server, redis-benchmark", REDIS, steady=r"."),
    _shell(
        "openssl speed sha256",
        "echo abc | openssl dgst -sha256; openssl speed -seconds 1 -bytes 1024 sha256 2>&1",
        steady=r"^(SHA2|sha256 )",
    ),
    _shell("gcc", GCC),
    *(
        Case(
            f"stress-ng {name}",
            ("/usr/bin/stress-ng", f"--{name}", "2", f"--{name}-ops", str(operations), "--verify", "-t", "60"),
            steady=r"fail|error|successful run|unsuccessful",
        )
        for name, operations in (
            ("cpu", 30), ("futex", 500), ("pthread", 50), ("fork", 50), ("mmap", 5), ("pipe", 2000), ("sock", 50),
            ("poll", 200), ("switch", 2000), ("signal", 1000), ("timer", 50), ("vm", 2),
        )
    ),
)  # fmt: skip
