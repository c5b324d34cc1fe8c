// SPDX-License-Identifier: Apache-2.0
// Any text as a control message, and as a registration token: what is read is
// written to text that reads as the same message.
#include <cstdlib>

#include "link/control.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aipg;
  const std::string_view text = as_text({data, size});
  if (const auto message = link::parse_control(text)) {
    const std::string written = link::write_control(*message);
    const auto again = link::parse_control(written);
    if (!again || again->index() != message->index() || link::write_control(*again) != written) std::abort();
  }
  static const auto key = crypto::Ed25519PrivateKey::from_seed(Secret32());
  if (const auto claims = link::verify_registration(text, key.public_key())) {
    if (link::sign_registration(*claims, key) != text) std::abort();
  }
  return 0;
}
