// SPDX-License-Identifier: Apache-2.0
// A certificate whose extensions are read has exactly those that can be
// written back from what was read, byte for byte.
#include <cstdint>

#include "attest/snp/certificate.h"
#include "codec/der.h"

namespace {

namespace der = aipg::codec::der;
namespace snp = aipg::attest::snp;
using aipg::Bytes;
using aipg::ByteView;

class Expected {
 public:
  explicit Expected(const aipg::crypto::Certificate& certificate) : certificate_(certificate) {}
  void holds(const char* below, ByteView value) {
    const auto* found = certificate_.find_extension(std::string("1.3.6.1.4.1.3704.1") + below);
    if (found == nullptr || found->critical || !aipg::equal(found->value, value)) __builtin_trap();
    ++count_;
  }
  void number(const char* below, std::uint8_t value) { holds(below, der::integer(value)); }
  void text(const char* below, const std::string& value) {
    holds(below, der::element(der::kIa5String, aipg::as_bytes(value)));
  }
  void nothing_else() const {
    if (certificate_.extensions().size() != count_) __builtin_trap();
  }

 private:
  const aipg::crypto::Certificate& certificate_;
  std::size_t count_ = 0;
};

void check(const aipg::crypto::Certificate& certificate, const snp::KeyExtensions& key) {
  const bool turin = key.family == snp::Family::turin;
  Expected expected(certificate);
  expected.number(".1", key.struct_version);
  expected.text(".2", key.product_name);
  expected.number(".3.1", key.tcb.boot_loader);
  expected.number(".3.2", key.tcb.tee);
  expected.number(".3.3", key.tcb.snp);
  expected.number(turin ? ".3.9" : ".3.4", key.tcb.fmc);
  for (const char* unused : {".3.5", ".3.6", ".3.7"}) expected.number(unused, 0);
  expected.number(".3.8", key.tcb.microcode);
  if (key.hwid) expected.holds(".4", ByteView(*key.hwid).first(turin ? 8 : 64));
  if (!key.hwid) expected.text(".5", key.csp_id);
  expected.nothing_else();
  if (key.hwid.has_value() != (key.kind == snp::SigningKey::vcek)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = aipg::crypto::Certificate::parse(ByteView(data, size));
  if (!certificate) return 0;
  const auto key = snp::read_key_extensions(*certificate);
  if (key) check(*certificate, *key);
  return 0;
}
