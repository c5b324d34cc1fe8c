// SPDX-License-Identifier: Apache-2.0
#include "codec/base64.h"
#include "seal/receipt.h"

namespace aipg::seal {

std::string sign_receipt(const Receipt& receipt, const crypto::Ed25519PrivateKey& key) {
  const std::string input = receipt_signing_input(receipt);
  return input + "." + codec::to_base64url(key.sign(as_bytes(input)));
}

}  // namespace aipg::seal
