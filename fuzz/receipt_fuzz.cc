// SPDX-License-Identifier: Apache-2.0
// A receipt that is accepted has one form only: writing its claims gives what
// its signature is over.
#include <cstdint>

#include "seal/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view jws = aipg::as_text({data, size});
  const auto receipt = aipg::seal::parse_receipt(jws);
  if (receipt && aipg::seal::receipt_signing_input(*receipt) != jws.substr(0, jws.rfind('.'))) __builtin_trap();
  return 0;
}
