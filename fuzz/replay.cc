// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without a fuzzer: over every file of its corpus, and over
// the same damage to each of them every time. Prints how many inputs ran;
// a corpus without files is a failure.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMaxPlaces = 4096;  // a file is cut and flipped at this many places at most

struct Counts {
  std::size_t files = 0, inputs = 0;
};

void run(const Input& input, Counts& counts) {
  // A copy of its own size, so that a sanitizer sees one byte too far.
  const Input exact(input.begin(), input.end());
  (void)LLVMFuzzerTestOneInput(exact.data(), exact.size());
  ++counts.inputs;
}

std::size_t stride(std::size_t size) { return (size + kMaxPlaces - 1) / kMaxPlaces; }

void run_truncated(const Input& whole, Counts& counts) {
  for (std::size_t n = 0; n < whole.size(); n += stride(whole.size())) {
    run(Input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), counts);
  }
}

void run_with_flipped_bits(Input input, Counts& counts) {
  for (std::size_t i = 0; i < input.size(); i += stride(input.size())) {
    const auto bit = static_cast<std::uint8_t>(1U << (i * 5 % 8));  // each bit in turn
    input[i] ^= bit;
    run(input, counts);
    input[i] ^= bit;
  }
}

void run_file(const fs::path& path, Counts& counts) {
  std::ifstream file(path, std::ios::binary);
  const Input input{std::istreambuf_iterator<char>(file), {}};
  ++counts.files;
  run(input, counts);
  run_truncated(input, counts);
  run_with_flipped_bits(input, counts);
}

void run_path(const fs::path& path, Counts& counts) {
  if (fs::is_regular_file(path)) return run_file(path, counts);
  if (!fs::is_directory(path)) return;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) run_file(entry.path(), counts);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Counts counts;
  for (int i = 1; i < argc; ++i) run_path(argv[i], counts);
  std::printf("%zu files, %zu inputs\n", counts.files, counts.inputs);
  if (counts.files != 0) return 0;
  std::fprintf(stderr, "no corpus files; usage: %s FOLDER|FILE...\n", argv[0]);
  return 1;
}
