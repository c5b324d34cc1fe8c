// SPDX-License-Identifier: Apache-2.0
// quote POLICY QUOTE [COLLATERAL…]: is this an Intel TDX quote that the policy file accepts now?
#include <aipg/attest.h>

#include <fstream>
#include <iostream>
#include <iterator>

using namespace aipg::verifier;

static std::string file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto policy = Policy::read(file(argv[1]));
  if (!policy) return std::cerr << policy.error().code << ": " << policy.error().message << '\n', 3;
  Endorsements beside = Endorsements::none().value();
  for (int i = 3; i < argc; ++i) {
    if (const auto added = beside.add(as_bytes(file(argv[i]))); !added)
      return std::cerr << added.error().code << '\n', 3;
  }
  const std::string quote = file(argv[2]);
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto verdict = verify({.kind = Kind::tdx_quote, .bytes = as_bytes(quote)}, beside, *policy, now);
  if (!verdict) return std::cerr << verdict.error().code << '\n', 3;
  std::cout << verdict->text();
  return verdict->accepted() ? 0 : 1;
}
