// SPDX-License-Identifier: Apache-2.0
#include "attest/nras/token.h"

#include <set>

#include "attest/nras/claims.h"
#include "base/hex.h"
#include "crypto/digest.h"

namespace aipg::attest::nras {

struct TokenAccess {
  static VerifiedToken make(std::vector<DeviceIdentity> devices, const Hash256& nonce, Instant issued_at) {
    VerifiedToken out;
    out.devices_ = std::move(devices);
    out.nonce_ = nonce;
    out.issued_at_ = issued_at;
    return out;
  }
};

namespace {

namespace json = codec::json;

constexpr std::size_t kMaxTokenBytes = 1 << 20, kMaxDevices = 32;
constexpr std::string_view kOverall = "overall", kSubject = "NVIDIA-PLATFORM-ATTESTATION";

// "GPU-0" … "GPU-99", "SWITCH-0" …
bool is_device_name(std::string_view name) {
  for (std::string_view kind : {"GPU-", "SWITCH-"}) {
    if (!name.starts_with(kind)) continue;
    const std::string_view number = name.substr(kind.size());
    return !number.empty() && number.size() <= 2 && (number == "0" || number[0] != '0') &&
           std::ranges::all_of(number, [](char c) { return '0' <= c && c <= '9'; });
  }
  return false;
}

Result<Jws> read_overall(json::Value pair) {
  if (pair.size() != 2) return fail("nras_token_invalid", "overall", pair.offset());
  auto element = pair.begin();
  const json::Value label = *element;
  const json::Value token = *++element;
  const auto text = token.plain_string();
  if (label.plain_string() != "JWT" || !text) return fail("nras_token_invalid", "overall", pair.offset());
  return parse_jws(*text);
}

Result<std::vector<DeviceToken>> read_devices(json::Value object) {
  if (!object.is(json::Kind::object) || object.size() == 0 || object.size() > kMaxDevices) {
    return fail("nras_token_invalid", "devices", object.offset());
  }
  std::vector<DeviceToken> out;
  for (json::Value member : object) {
    const auto text = member.plain_string();
    if (!text || !is_device_name(member.name())) return fail("nras_token_invalid", "device", member.offset());
    AIPG_TRY(Jws jws, parse_jws(*text));
    out.push_back({std::string(member.name()), std::move(jws)});
  }
  return out;
}

Result<Token> parse_detached(std::string_view text) {
  AIPG_TRY(const json::Document document, json::parse(text, {.max_bytes = kMaxTokenBytes, .max_depth = 2}));
  if (document.root().size() != 2) return fail("nras_token_invalid", "parts");
  auto element = document.root().begin();
  const json::Value overall = *element, devices = *++element;
  if (!overall.is(json::Kind::array)) return fail("nras_token_invalid", "overall", overall.offset());
  Token out;
  AIPG_TRY(out.overall, read_overall(overall));
  AIPG_TRY(out.devices, read_devices(devices));
  return out;
}

// One token's kid and signature; its key's certificate by what the policy trusts.
bool check_signature(const std::string& name, const Jws& jws, const Jwks& jwks, const Expectation& expected, Instant at,
                     Rules& rules) {
  const Jwk* key = jwks.find(jws.kid);
  if (!rules.require(key != nullptr, "nras_key", name + ": its key is not among those of the service")) return false;
  if (expected.pinned_intermediates.empty()) {
    rules.expect(key->certificate.valid_at(at), "nras_key_validity", name + ": its key's certificate is not valid");
  } else if (const auto chain = check_key_chain(*key, expected.pinned_intermediates, at); !chain) {
    rules.refuse(chain.error());
    return false;
  } else {
    rules.add("nras_key_chain", Severity::passed);
  }
  return rules.require(jws.signed_by(key->key), "nras_signature", name + ": NVIDIA's service did not sign this");
}

bool check_signatures(const Token& token, const Jwks& jwks, const Expectation& expected, Instant at, Rules& rules) {
  bool good = !token.overall || check_signature(std::string(kOverall), *token.overall, jwks, expected, at, rules);
  for (const DeviceToken& device : token.devices) {
    good = check_signature(device.name, device.jws, jwks, expected, at, rules) && good;
  }
  return good;
}

struct AllClaims {
  std::optional<Claims> overall;
  std::vector<Claims> devices;
};

Result<AllClaims> read_claims(const Token& token) {
  AllClaims out;
  if (token.overall) {
    AIPG_TRY(out.overall, Claims::parse(std::string(kOverall), *token.overall));
  }
  for (const DeviceToken& device : token.devices) {
    AIPG_TRY(Claims claims, Claims::parse(device.name.empty() ? "device" : device.name, device.jws));
    out.devices.push_back(std::move(claims));
  }
  return out;
}

std::optional<Version> version_said(const Claims& overall) {
  const auto text = overall.text("x-nvidia-ver");
  if (text == "2.0") return Version::v2;
  if (text == "3.0") return Version::v3;
  return std::nullopt;
}

// ["DIGEST", ["SHA-256", "<hex>"]]
std::optional<Hash256> digest_in(json::Value entry) {
  if (!entry.is(json::Kind::array) || entry.size() != 2) return std::nullopt;
  auto element = entry.begin();
  const json::Value label = *element, pair = *++element;
  if (label.plain_string() != "DIGEST" || !pair.is(json::Kind::array) || pair.size() != 2) return std::nullopt;
  auto part = pair.begin();
  const json::Value algorithm = *part, text = *++part;
  const auto hex = text.plain_string();
  if (algorithm.plain_string() != "SHA-256" || !hex) return std::nullopt;
  const auto bytes = from_hex(*hex);
  if (!bytes || bytes->size() != sizeof(Hash256)) return std::nullopt;
  return to_array<sizeof(Hash256)>(*bytes);
}

// The overall token names exactly the tokens beside it, each by its digest.
void check_submodules(const Claims& overall, const Token& token, Rules& rules) {
  const auto submodules = overall.root().find("submods");
  const bool object = submodules && submodules->is(json::Kind::object);
  bool named = object && submodules->size() == token.devices.size();
  for (const DeviceToken& device : token.devices) named = named && submodules->find(device.name).has_value();
  if (!rules.require(named, "nras_submodules", "the overall token does not name exactly these devices")) return;
  for (const DeviceToken& device : token.devices) {
    rules.require(digest_in(*submodules->find(device.name)) == crypto::sha256(as_bytes(device.jws.compact)),
                  "nras_digest", device.name + ": the overall token is about another token");
  }
}

void check_overall(const Claims& overall, const Token& token, Rules& rules) {
  const bool platform = overall.text("sub") == kSubject, result = overall.is_true("x-nvidia-overall-att-result");
  rules.require(platform, "nras_subject", "not about a platform");
  rules.require(result, "nras_overall", "NVIDIA's overall result is not true");
  check_submodules(overall, token, rules);
  const std::vector<std::string> known{
      "sub", "x-nvidia-ver", "iss", "x-nvidia-overall-att-result", "submods", "eat_nonce", "nbf", "iat", "exp", "jti"};
  check_unknown(overall, known, rules);
}

void check_set(const AllClaims& claims, const Expectation& expected, Rules& rules) {
  if (expected.devices) {
    rules.require(claims.devices.size() == *expected.devices, "nras_device_count",
                  "more devices than expected, or fewer",
                  [&] { return compare_numbers(*expected.devices, claims.devices.size()); });
  }
  std::set<std::string> ids;
  for (const Claims& device : claims.devices) ids.insert(device.text("ueid").value_or(""));
  rules.require(ids.size() == claims.devices.size(), "nras_device_twice", "one device stands for several");
}

// The expected nonce; without one, that of the first token, which all must repeat.
std::optional<Hash256> nonce_to_match(const AllClaims& claims, const Expectation& expected, Rules& rules) {
  if (expected.nonce) return expected.nonce;
  rules.add("freshness_unproven", Severity::warning, "no nonce was given");
  return claims.overall ? claims.overall->nonce() : claims.devices.front().nonce();
}

void check_claims(const AllClaims& claims, const Token& token, const Expectation& expected, Instant at, Rules& rules) {
  const std::optional<Hash256> nonce = nonce_to_match(claims, expected, rules);
  std::optional<Version> version = version_of(claims.devices.front());
  if (claims.overall) {
    version = version_said(*claims.overall);
    rules.require(version.has_value(), "nras_version", "claims of a version that nobody here knows");
    check_common(*claims.overall, expected, nonce, at, rules);
    check_overall(*claims.overall, token, rules);
  } else {
    rules.expect(false, "nras_overall_missing", "a device's token without the overall one");
  }
  check_set(claims, expected, rules);
  for (const Claims& device : claims.devices) {
    check_common(device, expected, nonce, at, rules);
    if (version) check_device(device, *version, at, rules);
  }
}

VerifiedToken verified(const AllClaims& claims) {
  std::vector<DeviceIdentity> devices;
  for (const Claims& device : claims.devices) devices.push_back(identity_of(device));
  const Claims& first = claims.overall ? *claims.overall : claims.devices.front();
  return TokenAccess::make(std::move(devices), first.nonce().value_or(Hash256{}),
                           first.time("iat").value_or(Instant{}));
}

}  // namespace

Result<Token> parse_token(ByteView token) {
  if (token.size() > kMaxTokenBytes) return fail("nras_token_invalid", "size", token.size());
  const std::string_view text = as_text(token);
  if (text.starts_with('[')) return parse_detached(text);
  Token out;
  AIPG_TRY(Jws single, parse_jws(text));
  out.devices.push_back({{}, std::move(single)});
  return out;
}

std::optional<VerifiedToken> verify_token(ByteView token, const Jwks* jwks, const Expectation& expected, Instant at,
                                          Rules& rules) {
  const std::size_t before = rules.failures();
  const auto parsed = parse_token(token);
  if (!parsed) return rules.refuse(parsed.error()), std::nullopt;
  rules.add("nras_structure", Severity::passed);
  if (jwks == nullptr) {
    rules.require(false, "nras_jwks_missing", "without NVIDIA's keys nothing shows that it made this token");
  } else if (!check_signatures(*parsed, *jwks, expected, at, rules)) {
    return std::nullopt;
  }
  const auto claims = read_claims(*parsed);
  if (!claims) return rules.refuse(claims.error()), std::nullopt;
  check_claims(*claims, *parsed, expected, at, rules);
  if (jwks == nullptr || rules.failures() != before) return std::nullopt;
  return verified(*claims);
}

std::string describe(const DeviceIdentity& device) {
  std::string out = "NVIDIA " + device.model;
  if (!device.driver.empty()) out += ", driver " + device.driver;
  return out + ", VBIOS " + device.vbios;
}

}  // namespace aipg::attest::nras
