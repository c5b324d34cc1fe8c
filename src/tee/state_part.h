// SPDX-License-Identifier: Apache-2.0
// One part of a simulator's state on disk: a folder that appears whole or not
// at all, certificates as PEM, keys as hexadecimal with mode 0600. Each part
// names its format, so that what another version made is told from damage.
// Errors: simulator_state (missing, damaged, cannot be written),
// simulator_state_format (of a version that this one does not read).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/rsa_private_key.h"
#include "crypto/signature.h"
#include "tee/simulated_ocsp.h"

namespace aipg::tee {

class StatePart {
 public:
  explicit StatePart(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] bool has(std::string_view name) const;

  // None of these replaces a file.
  [[nodiscard]] Result<void> write_text(std::string_view name, std::string_view text) const;
  [[nodiscard]] Result<void> write_hex(std::string_view name, ByteView bytes) const;
  [[nodiscard]] Result<void> write_chain(std::string_view name, const std::vector<Bytes>& chain) const;
  [[nodiscard]] Result<void> write_key(std::string_view name, const crypto::EcPrivateKey& key) const;
  [[nodiscard]] Result<void> write_key(std::string_view name, const crypto::RsaPrivateKey& key) const;
  // As `name`-0.pem, `name`-0.key, `name`-1.pem, …
  [[nodiscard]] Result<void> write_responders(std::string_view name,
                                              const std::vector<SimulatedResponder>& responders) const;

  [[nodiscard]] Result<std::string> read_text(std::string_view name) const;
  // Exactly so many bytes, certificates, responders.
  [[nodiscard]] Result<Bytes> read_hex(std::string_view name, std::size_t size) const;
  [[nodiscard]] Result<std::vector<Bytes>> read_chain(std::string_view name, std::size_t length) const;
  [[nodiscard]] Result<crypto::EcPrivateKey> read_key(std::string_view name, crypto::Curve curve) const;
  [[nodiscard]] Result<crypto::RsaPrivateKey> read_rsa_key(std::string_view name) const;
  [[nodiscard]] Result<std::vector<SimulatedResponder>> read_responders(std::string_view name, std::size_t count) const;

 private:
  std::filesystem::path folder_;
};

using WritePart = std::function<Result<void>(const StatePart&)>;

// The part `name` of `state_folder`; `write` fills it if it is not there yet. Another process that was first wins.
[[nodiscard]] Result<StatePart> open_part(const std::string& state_folder, std::string_view name,
                                          const WritePart& write);

}  // namespace aipg::tee
