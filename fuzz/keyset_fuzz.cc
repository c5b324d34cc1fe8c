// SPDX-License-Identifier: Apache-2.0
// A keyset that parses is what make_keyset() writes from its fields, but for
// extensions and further protocol versions, which it does not write.
#include <cstdint>

#include "attest/keyset.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace attest = aipg::attest;
  const aipg::ByteView in(data, size);
  const auto keyset = attest::parse_keyset(in);
  if (!keyset) return 0;
  std::vector<std::pair<std::uint16_t, aipg::Bytes>> keys;
  for (const attest::SuiteKey& key : keyset->keys) keys.emplace_back(key.suite, key.public_key);
  const attest::Keyset again = attest::make_keyset(keyset->worker_id, keyset->not_before, keyset->not_after,
                                                   std::move(keys), keyset->receipt_key);
  if (!attest::parse_keyset(again.bytes)) __builtin_trap();
  const bool more = keyset->versions.size() != 1 || aipg::as_text(in).find("\"ext\"") != std::string_view::npos;
  if (!more && !aipg::equal(again.bytes, in)) __builtin_trap();
  return 0;
}
