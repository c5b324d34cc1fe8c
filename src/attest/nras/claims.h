// SPDX-License-Identifier: Apache-2.0
// The claims of one token, judged one by one. Internal to token.cc.
#pragma once

#include "attest/nras/token.h"
#include "codec/json.h"

namespace aipg::attest::nras {

// NVIDIA's claims of two generations: the third gives certificate chains in detail.
enum class Version : std::uint8_t { v2, v3 };

// The claims of one token. Borrows the token's bytes.
class Claims {
 public:
  [[nodiscard]] static Result<Claims> parse(std::string name, const Jws& jws);

  [[nodiscard]] const std::string& name() const { return name_; }  // "overall", "GPU-0"
  [[nodiscard]] codec::json::Value root() const { return document_.root(); }
  [[nodiscard]] std::optional<std::string> text(std::string_view claim) const;
  [[nodiscard]] bool is_true(std::string_view claim) const;
  [[nodiscard]] bool is_null_or_absent(std::string_view claim) const;
  [[nodiscard]] std::optional<Instant> time(std::string_view claim) const;  // seconds since 1970
  [[nodiscard]] std::optional<Hash256> nonce() const;                       // eat_nonce

 private:
  Claims(std::string name, codec::json::Document document) : name_(std::move(name)), document_(std::move(document)) {}
  std::string name_;
  codec::json::Document document_;
};

// What every token has: issuer, times, nonce.
void check_common(const Claims& claims, const Expectation& expected, const std::optional<Hash256>& nonce, Instant at,
                  Rules& rules);
void check_device(const Claims& claims, Version version, Instant at, Rules& rules);
// By the form of its claims, for an EAT that comes alone.
[[nodiscard]] Version version_of(const Claims& device);
[[nodiscard]] DeviceIdentity identity_of(const Claims& device);

// Claims outside `known`, each by name, as one finding.
void check_unknown(const Claims& claims, std::span<const std::string> known, Rules& rules);

}  // namespace aipg::attest::nras
