// What a C++ library does for a program: streams, containers, exceptions, run-time types, thread-local objects.
#include <algorithm>
#include <chrono>
#include <complex>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace {

struct Noisy {
    explicit Noisy(std::string name) : name(std::move(name)) { std::cout << "+" << this->name << " "; }
    ~Noisy() { std::cout << "-" << name << " "; }
    Noisy(const Noisy &) = delete;
    Noisy &operator=(const Noisy &) = delete;
    std::string name;
};

Noisy global("global");
thread_local Noisy local("thread");

struct Base {
    virtual ~Base() = default;
    virtual int value() const { return 1; }
};

struct Derived : Base {
    int value() const override { return 2; }
};

struct Failure : std::runtime_error {
    explicit Failure(int code) : std::runtime_error("failure " + std::to_string(code)), code(code) {}
    int code;
};

[[gnu::noinline]] int descend(int depth)
{
    Noisy here("d" + std::to_string(depth));
    if (depth == 0)
        throw Failure(17);
    return descend(depth - 1) + 1;
}

void exceptions()
{
    try {
        descend(3);
    } catch (const std::logic_error &) {
        std::cout << "wrong handler\n";
    } catch (const Failure &failure) {
        std::cout << failure.what() << " " << failure.code << "\n";
    }
    try {
        try {
            std::vector<int>().at(5);
        } catch (const std::exception &) {
            std::throw_with_nested(std::domain_error("outer"));
        }
    } catch (const std::domain_error &outer) {
        try {
            std::rethrow_if_nested(outer);
        } catch (const std::out_of_range &) {
            std::cout << outer.what() << " around out_of_range\n";
        }
    }
    std::unique_ptr<Base> object = std::make_unique<Derived>();
    std::cout << object->value() << (dynamic_cast<Derived *>(object.get()) != nullptr)
              << (typeid(*object) == typeid(Derived)) << "\n";
    try {
        Base plain;
        dynamic_cast<Derived &>(plain);
    } catch (const std::bad_cast &) {
        std::cout << "bad cast\n";
    }
}

void containers()
{
    std::mt19937 generator(12345); // its sequence is prescribed, those of distributions are not
    std::vector<std::uint32_t> numbers(5000);
    std::generate(numbers.begin(), numbers.end(), std::ref(generator));
    std::sort(numbers.begin(), numbers.end());
    std::map<std::uint32_t, int> counts;
    std::unordered_map<std::string, std::size_t> lengths;
    for (std::uint32_t number : numbers) {
        counts[number % 17]++;
        std::string text = std::to_string(number);
        lengths[text.substr(0, 2)] += text.size();
    }
    std::size_t all = 0;
    for (const auto &entry : lengths)
        all += entry.second;
    std::cout << std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}) << " " << counts[3] << " "
              << lengths.size() << " " << all << "\n";
    std::set<std::string> words{"pear", "apple", "fig"};
    std::copy(words.begin(), words.end(), std::ostream_iterator<std::string>(std::cout, " "));
    std::shared_ptr<int> shared = std::make_shared<int>(5);
    std::weak_ptr<int> weak = shared;
    std::function<int(int)> twice = [shared](int x) { return *shared * x; };
    shared.reset();
    std::cout << twice(4) << weak.expired() << "\n";
}

void streams()
{
    std::ostringstream out;
    out << std::hex << std::showbase << 255 << " " << std::dec << std::setw(8) << std::setfill('*') << 42 << " "
        << std::fixed << std::setprecision(3) << 2.0 / 3 << " " << std::boolalpha << true << " "
        << std::complex<double>(1, -1);
    std::cout << out.str() << "\n";
    std::istringstream in("12 abc 3.5e2");
    int number = 0;
    std::string word;
    double real = 0;
    in >> number >> word >> real;
    std::cout << number << word << real << in.eof() << "\n";
    std::string line;
    int lines = 0;
    while (std::getline(std::cin, line))
        lines++;
    std::cout << "read " << lines << " lines, last " << line.size() << "\n";
}

} // namespace

int main(int argc, char **)
{
    if (argc > 1)
        throw Failure(1); // nobody catches it
    std::cout << local.name << " " << global.name << "\n";
    exceptions();
    containers();
    streams();
    const auto start = std::chrono::steady_clock::now();
    std::cout << (std::chrono::steady_clock::now() >= start) << "\n";
    std::cerr << "to the error stream\n";
}
