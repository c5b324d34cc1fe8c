// SPDX-License-Identifier: Apache-2.0
// Writes every test vector: aipg_vectors --write DIR. Deterministic: the same
// sources give the same files, but for evidence that is not in DIR yet, whose
// signatures are random. aipg_vectors_test checks that DIR is up to date.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "cases.h"

namespace {

int write_all(const std::filesystem::path& folder) {
  std::optional<aipg::vectors::Library> recorded;
  if (std::filesystem::exists(folder)) recorded = aipg::vectors::Library::read(folder.string());
  const aipg::vectors::Library library = aipg::vectors::all_cases(recorded ? &*recorded : nullptr);
  for (const auto& [file, document] : library.documents()) {
    std::filesystem::create_directories((folder / file).parent_path());
    std::ofstream out(folder / file, std::ios::binary);
    out << document.write();
    if (!out.flush()) {
      std::cerr << "aipg_vectors: cannot write " << (folder / file).string() << "\n";
      return 3;
    }
  }
  std::cout << library.documents().size() << " vectors written to " << folder.string() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--write") {
    std::cerr << "usage: aipg_vectors --write DIR    (DIR is tests/vectors)\n";
    return 2;
  }
  try {
    return write_all(argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "aipg_vectors: " << error.what() << "\n";
    return 1;
  }
}
