// main() where there is no libFuzzer: feeds every file of the directories that are named to the target, in the order of their
// names. A property that does not hold ends the program.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

bool feed(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof()) return false;
    const auto bytes =
        std::make_unique<std::uint8_t[]>(text.size()); // no more, so that a sanitizer sees what reads on
    std::ranges::copy(text, bytes.get());
    std::fprintf(stderr, "%s\n", path.c_str()); // what it was, should it end here
    LLVMFuzzerTestOneInput(bytes.get(), text.size());
    return true;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<std::filesystem::path> seeds;
    for (const char* directory : std::span(argv, static_cast<std::size_t>(argc)).subspan(1))
        for (const auto& entry : std::filesystem::directory_iterator(directory))
            seeds.push_back(entry.path());
    std::ranges::sort(seeds);
    if (seeds.empty()) {
        std::fputs("no seeds\n", stderr);
        return 1;
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    return std::ranges::all_of(seeds, feed) ? 0 : 1;
}
