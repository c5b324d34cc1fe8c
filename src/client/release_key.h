// SPDX-License-Identifier: Apache-2.0
// The private key of somebody who signs reference values, in a file of its own:
// the line "aipg release key v1", then the 32 bytes of an Ed25519 seed.
// Errors: those of whole_file.h, release_key_format.
#pragma once

#include <string>

#include "crypto/signature.h"

namespace aipg::client {

// Makes a key and writes it to a new file that only its owner reads; an existing file is never touched.
[[nodiscard]] Result<crypto::Ed25519PrivateKey> make_release_key(const std::string& path, crypto::Rng& rng);

// Refuses a file that others may read or write.
[[nodiscard]] Result<crypto::Ed25519PrivateKey> read_release_key(const std::string& path);

}  // namespace aipg::client
