"""What the machine runs: guest program sources, trained models, and their build.

    catalogue.py   one entry per program: the only place to touch to add one
    build.py       cross-compiles catalogue entries into the cache folder
    rootfs*.py     Debian root file systems, made with the host's apt
    cache.py       where what is built lies
    programs/      one folder of sources per program, `common/` for shared headers
    models/        trained models with their data, training script and NumPy reference

May import `libaimc` (the folder of the guest library: where its headers and sources are), nothing else of the
project. Invariant: nothing is ever written into the source tree by a build. Importing this package costs next to
nothing; the compiler is only looked for when something has to be compiled.
"""
