// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/claims.h"

#include "base/hex.h"

namespace aipg::attest::nras {
namespace {

namespace json = codec::json;

constexpr std::uint64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kMaxNamed = 256;                  // bytes of names in one finding, or one name more
constexpr std::string_view kVendor = "5703";            // NVIDIA's enterprise number

// A GPU's claims speak of two sets of reference values, a switch's of one.
struct Kind {
  std::string prefix;
  std::vector<std::string> rims;
  bool gpu = false;
};

// The name that the overall token gives a device decides; only a token that comes alone has to say itself.
Kind kind_of(const Claims& claims) {
  const bool named = claims.name().starts_with("GPU-") || claims.name().starts_with("SWITCH-");
  const bool is_switch = named ? claims.name().starts_with("SWITCH-")
                               : claims.root().find("x-nvidia-switch-attestation-report-parsed").has_value();
  if (is_switch) return {"x-nvidia-switch-", {"bios-rim-"}, false};
  return {"x-nvidia-gpu-", {"driver-rim-", "vbios-rim-"}, true};
}

// What has to be true, under which code, and what has to be a chain found valid.
struct Demands {
  std::vector<std::string> report, rim, report_chains, rim_chains;
};

Demands demands_of(const Kind& kind, Version version) {
  const std::string report = kind.prefix + "attestation-report-";
  Demands out;
  for (const char* name : {"parsed", "nonce-match", "signature-verified"}) out.report.push_back(report + name);
  if (version == Version::v2) out.report.push_back(report + "cert-chain-validated");
  if (version == Version::v3) out.report_chains.push_back(report + "cert-chain");
  for (const std::string& rim : kind.rims) {
    const std::string prefix = kind.prefix + rim;
    for (const char* name : {"fetched", "schema-validated", "signature-verified", "measurements-available"}) {
      out.rim.push_back(prefix + name);
    }
    out.rim.push_back(prefix + (version == Version::v2 ? "cert-validated" : "version-match"));
    if (version == Version::v3) out.rim_chains.push_back(prefix + "cert-chain");
  }
  if (kind.gpu) out.rim.push_back(kind.prefix + "vbios-index-no-conflict");
  return out;
}

std::string said(const Claims& claims, std::string_view what) { return claims.name() + ": " + std::string(what); }

void require_true(Literal code, const Claims& claims, std::span<const std::string> names, Rules& rules) {
  std::string broken;
  for (const std::string& name : names) {
    if (!claims.is_true(name)) broken += (broken.empty() ? "" : ", ") + name;
  }
  rules.require(broken.empty(), code, said(claims, "not true: " + broken), [] { return Compared{"true", "not true"}; });
}

bool is_text(json::Value object, std::string_view name, std::string_view expected) {
  const auto member = object.find(name);
  return member && member->plain_string() == expected;
}

// A chain's own words: valid, and not past its end at this instant either.
bool is_valid_chain(json::Value chain, Instant at) {
  const auto end = chain.find("x-nvidia-cert-expiration-date");
  const auto text = end ? end->plain_string() : std::nullopt;
  const auto instant = text ? parse_instant(*text) : fail("invalid_instant");
  return is_text(chain, "x-nvidia-cert-status", "valid") && instant && at <= *instant;
}

bool is_unrevoked_chain(json::Value chain) {
  const auto reason = chain.find("x-nvidia-cert-revocation-reason");
  return is_text(chain, "x-nvidia-cert-ocsp-status", "good") && (!reason || reason->is_null());
}

void check_chain(Literal code, const Claims& claims, const std::string& name, Instant at, Rules& rules) {
  const auto chain = claims.root().find(name);
  const bool found = chain && chain->is(json::Kind::object);
  rules.require(found && is_valid_chain(*chain, at), code, said(claims, name + " is not valid"));
  rules.require(found && is_unrevoked_chain(*chain), "nras_revocation", said(claims, name + " is not good"));
}

void check_measurements(const Claims& claims, Rules& rules) {
  const bool matched = claims.text("measres") == "success" &&
                       claims.is_null_or_absent("x-nvidia-mismatch-measurement-records") &&
                       claims.is_null_or_absent("x-nvidia-error-details");
  rules.require(matched, "nras_measurements",
                said(claims, "NVIDIA found measurements that differ from its reference values"),
                [&] { return Compared{"success", claims.text("measres").value_or("none")}; });
}

void check_state(const Claims& claims, Rules& rules) {
  const bool closed = claims.text("dbgstat") == "disabled", booted = claims.is_true("secboot");
  const bool unwarned = claims.is_null_or_absent("x-nvidia-attestation-warning");
  rules.expect(closed, "nras_debug", said(claims, "debugging is not disabled"),
               [&] { return Compared{"disabled", claims.text("dbgstat").value_or("none")}; });
  rules.expect(booted, "nras_secboot", said(claims, "it did not boot securely"),
               [] { return Compared{"true", "not true"}; });
  rules.expect(unwarned, "nras_warning", said(claims, "NVIDIA adds a warning"));
}

// A switch is of no enterprise, as far as the service says.
bool is_nvidias(const Claims& claims, bool gpu) {
  return claims.text("oemid") == kVendor || (!gpu && claims.is_null_or_absent("oemid"));
}

bool is_ueid(const std::optional<std::string>& ueid) {
  return ueid && !ueid->empty() && std::ranges::all_of(*ueid, [](char c) { return '0' <= c && c <= '9'; });
}

std::vector<std::string> known_claims(const Kind& kind, const Demands& demands, Version version) {
  std::vector<std::string> out{"iss",
                               "eat_nonce",
                               "nbf",
                               "iat",
                               "exp",
                               "jti",
                               "ueid",
                               "oemid",
                               "hwmodel",
                               "measres",
                               "secboot",
                               "dbgstat",
                               "x-nvidia-attestation-warning",
                               "x-nvidia-mismatch-measurement-records",
                               "x-nvidia-error-details"};
  for (const auto* list : {&demands.report, &demands.rim, &demands.report_chains, &demands.rim_chains}) {
    out.insert(out.end(), list->begin(), list->end());
  }
  out.push_back(kind.prefix + "arch-check");
  if (version == Version::v3) out.push_back(kind.prefix + "attestation-report-cert-chain-fwid-match");
  for (const char* name : {"driver-version", "vbios-version", "bios-version"}) out.push_back(kind.prefix + name);
  return out;
}

}  // namespace

Result<Claims> Claims::parse(std::string name, const Jws& jws) {
  AIPG_TRY(json::Document document, json::parse(as_text(jws.claims), {.max_bytes = kMaxJwsBytes, .max_depth = 32}));
  if (!document.root().is(json::Kind::object)) return fail("nras_token_invalid", "claims");
  return Claims(std::move(name), std::move(document));
}

std::optional<std::string> Claims::text(std::string_view claim) const {
  const auto value = root().find(claim);
  return value ? value->string() : std::nullopt;
}

bool Claims::is_true(std::string_view claim) const {
  const auto value = root().find(claim);
  return value && value->boolean() == true;
}

bool Claims::is_null_or_absent(std::string_view claim) const {
  const auto value = root().find(claim);
  return !value || value->is_null();
}

std::optional<Instant> Claims::time(std::string_view claim) const {
  const auto value = root().find(claim);
  const auto second = value ? value->uint() : std::nullopt;
  if (!second || *second > kLastSecond) return std::nullopt;
  return Instant{static_cast<std::int64_t>(*second) * 1000};
}

std::optional<Hash256> Claims::nonce() const {
  const auto text = this->text("eat_nonce");
  const auto bytes = text ? from_hex(*text) : fail("invalid_hex");
  if (!bytes || bytes->size() != sizeof(Hash256)) return std::nullopt;
  return to_array<sizeof(Hash256)>(*bytes);
}

namespace {

Compared compare_time(std::string_view relation, Instant expected, std::optional<Instant> actual) {
  return actual ? compare_instants(relation, expected, *actual) : Compared{to_text(expected), "none"};
}

}  // namespace

void check_common(const Claims& claims, const Expectation& expected, const std::optional<Hash256>& nonce, Instant at,
                  Rules& rules) {
  const bool issued_there = claims.text("iss") == expected.issuer;
  rules.require(issued_there, "nras_issuer", said(claims, "issued by another service"),
                [&] { return Compared{expected.issuer, claims.text("iss").value_or("none")}; });
  const auto begin = claims.time("nbf"), issued = claims.time("iat"), end = claims.time("exp");
  rules.require(begin && issued && *begin <= at + expected.skew && *issued <= at + expected.skew, "nras_not_yet_valid",
                said(claims, "not valid yet"), [&] { return compare_time("not after", at + expected.skew, begin); });
  rules.require(end && at < *end, "nras_expired", said(claims, "its time is over"),
                [&] { return compare_time("after", at, end); });
  rules.expect(issued && at - *issued <= expected.max_age, "nras_age",
               said(claims, "issued longer ago than your policy allows"),
               [&] { return compare_time("not before", at - expected.max_age, issued); });
  rules.require(nonce && claims.nonce() == nonce, "nras_nonce",
                said(claims, nonce ? "made for another nonce" : "without a nonce"), [&] {
                  const auto own = claims.nonce();
                  return Compared{nonce ? to_hex(*nonce) : "a nonce", own ? to_hex(*own) : "none"};
                });
}

void check_device(const Claims& claims, Version version, Instant at, Rules& rules) {
  const Kind kind = kind_of(claims);
  const Demands demands = demands_of(kind, version);
  check_measurements(claims, rules);
  require_true("nras_arch", claims, std::array{kind.prefix + "arch-check"}, rules);
  require_true("nras_report", claims, demands.report, rules);
  require_true("nras_rim", claims, demands.rim, rules);
  if (version == Version::v3) {
    require_true("nras_fwid", claims, std::array{kind.prefix + "attestation-report-cert-chain-fwid-match"}, rules);
  }
  for (const std::string& name : demands.report_chains) check_chain("nras_report", claims, name, at, rules);
  for (const std::string& name : demands.rim_chains) check_chain("nras_rim", claims, name, at, rules);
  const bool identified = is_nvidias(claims, kind.gpu) && is_ueid(claims.text("ueid"));
  rules.require(identified, "nras_device_id", said(claims, "no id of an NVIDIA device"));
  check_state(claims, rules);
  check_unknown(claims, known_claims(kind, demands, version), rules);
}

Version version_of(const Claims& device) {
  return device.root().find(kind_of(device).prefix + "attestation-report-cert-chain") ? Version::v3 : Version::v2;
}

DeviceIdentity identity_of(const Claims& device) {
  const Kind kind = kind_of(device);
  return {.name = device.name(),
          .model = device.text("hwmodel").value_or(""),
          .driver = device.text(kind.prefix + "driver-version").value_or(""),
          .vbios = device.text(kind.prefix + (kind.gpu ? "vbios-version" : "bios-version")).value_or(""),
          .ueid = device.text("ueid").value_or("")};
}

void check_unknown(const Claims& claims, std::span<const std::string> known, Rules& rules) {
  std::string unknown;
  for (const json::Value member : claims.root()) {
    if (std::ranges::find(known, member.name()) != known.end()) continue;
    if (unknown.size() < kMaxNamed) unknown += (unknown.empty() ? "" : ", ") + std::string(member.name());
  }
  rules.expect(unknown.empty(), "nras_claim_unknown", said(claims, "claims nobody here knows: " + unknown));
}

}  // namespace aipg::attest::nras
