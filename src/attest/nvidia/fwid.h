// SPDX-License-Identifier: Apache-2.0
// The firmware id (SHA-384) that a device's attestation key was made for, as
// its leaf certificate says it: Hopper and LS10 in TCG's CompositeDeviceID
// (2.23.133.5.4.1), Blackwell in DiceTcbInfo (2.23.133.5.4.1.1). Pure.
// Errors: fwid_missing, fwid_invalid, der_invalid.
#pragma once

#include "crypto/certificate.h"
#include "crypto/digest.h"

namespace aipg::attest::nvidia {

enum class FwidForm : std::uint8_t { composite_device_id, dice_tcb_info };

struct Fwid {
  FwidForm form;
  crypto::Hash384 digest;
};

[[nodiscard]] Result<Fwid> leaf_fwid(const crypto::Certificate& leaf);

}  // namespace aipg::attest::nvidia
