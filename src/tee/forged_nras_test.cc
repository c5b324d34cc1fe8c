// SPDX-License-Identifier: Apache-2.0
// Forged tokens of NVIDIA's attestation service: keys, parts, claims.
#include "tee/forged_campaign_fixture.h"

namespace aipg::tee {
namespace {

using std::chrono::hours;

attest::SimulatedRoots roots_with(const SimulatedNras& service) {
  attest::RootSet out;
  out.nvidia_nras = {service.intermediate};
  return attest::SimulatedRoots(std::move(out));
}

// The service's word about two GPUs, with a hook at every place where something may be forged.
struct ForgedToken {
  Hash256 nonce = crypto::sha256(as_bytes("a nonce"));
  SimulatedNras service = make_nras(kTestNow);
  JsonMembers overall = overall_claims(nonce, kTestNow, NrasVersion::v3);
  std::vector<std::pair<std::string, JsonMembers>> devices{
      {"GPU-0", gpu_claims(nonce, kTestNow, NrasVersion::v3, 1000)},
      {"GPU-1", gpu_claims(nonce, kTestNow, NrasVersion::v3, 1001)}};
  std::function<void(DeviceTokens&)> edit_tokens;  // before the overall token names them
  std::function<void(DeviceTokens&)> swap_tokens;  // after
  std::function<void(std::string&)> edit_text;     // last of all
  std::string jwks = service.jwks();
  attest::Policy policy;
  Instant at = kTestNow + std::chrono::minutes(1);

  ForgedToken() {
    policy.roots = roots_with(service);
    policy.minimum_level = attest::Level::l0;
    policy.nras.devices = 2;
  }
  JsonMembers& gpu() { return devices.front().second; }

  [[nodiscard]] std::string text() const {
    DeviceTokens tokens;
    for (const auto& [name, claims] : devices) tokens.emplace_back(name, sign_claims(claims, service));
    if (edit_tokens) edit_tokens(tokens);
    JsonMembers said = overall;
    said["submods"] = submods_of(tokens);
    if (swap_tokens) swap_tokens(tokens);
    std::string out = detached_eat(sign_claims(said, service), tokens);
    if (edit_text) edit_text(out);
    return out;
  }
  [[nodiscard]] attest::Verdict judged() const {
    attest::Endorsements keys;
    if (!jwks.empty() && !keys.add(as_bytes(jwks))) __builtin_trap();
    const std::string token = text();
    return attest::verify_evidence({.kind = attest::EvidenceKind::nras_token, .bytes = as_bytes(token), .nonce = nonce},
                                   keys, policy, at);
  }
};

using Forge = std::function<void(ForgedToken&)>;

Forgery token_as(const char* rule, const char* code, Forge forge) {
  return {rule, code, [forge = std::move(forge)] {
            ForgedToken token;
            forge(token);
            return token.judged();
          }};
}
Forgery token(const char* rule, Forge forge) { return token_as(rule, rule, std::move(forge)); }

// A claim about the first GPU, and one about all of them.
Forge claim(const char* name, const char* value) {
  return [name, value](ForgedToken& token) { token.gpu()[name] = value; };
}
Forge overall(const char* name, const char* value) {
  return [name, value](ForgedToken& token) { token.overall[name] = value; };
}

constexpr const char* kOtherNonce = R"("0000000000000000000000000000000000000000000000000000000000000000")";
constexpr const char* kRevokedChain =
    R"({"x-nvidia-cert-status":"valid","x-nvidia-cert-ocsp-status":"revoked",)"
    R"("x-nvidia-cert-expiration-date":"9999-12-31T23:59:59Z","x-nvidia-cert-revocation-reason":null})";

void show_the_first_alone(ForgedToken& token) {
  token.policy.nras.devices.reset();
  token.edit_text = [&token](std::string& text) { text = sign_claims(token.gpu(), token.service); };
}

void add_keys(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      token("nras_jwks_missing", [](ForgedToken& t) { t.jwks.clear(); }),
      token("nras_key", [](ForgedToken& t) { t.service.kid = "another"; }),
      token("nras_key_chain", [](ForgedToken& t) { t.policy.roots = roots_with(make_nras(kTestNow)); }),
      token("nras_key_validity",
            [](ForgedToken& t) {
              t.service = make_nras(kTestNow - hours(72));
              t.jwks = t.service.jwks();
              t.policy.roots = attest::SimulatedRoots(attest::RootSet{});
            }),
      token("nras_signature",
            [](ForgedToken& t) { t.service.key = crypto::EcPrivateKey::generate(crypto::Curve::p384); }),
      token("nras_signature",
            [](ForgedToken& t) {
              t.edit_tokens = [&t](DeviceTokens& tokens) {
                tokens[1].second = sign_claims(t.gpu(), make_nras(kTestNow));
              };
            }),
      token_as("nras_structure", "nras_token_invalid",
               [](ForgedToken& t) { t.edit_text = [](std::string& text) { text.insert(text.size() - 1, ",1"); }; }),
      token_as("nras_structure", "jws_algorithm",
               [](ForgedToken& t) {
                 t.edit_tokens = [&t](DeviceTokens& tokens) {
                   const std::string header = R"({"kid":")" + t.service.kid + R"(","alg":"none"})";
                   tokens[0].second = sign_jws(header, to_json(t.gpu()), t.service.key);
                 };
               }),
      token_as("nras_structure", "jws_header",
               [](ForgedToken& t) {
                 t.edit_tokens = [&t](DeviceTokens& tokens) {
                   const std::string header =
                       R"({"kid":")" + t.service.kid + R"(","alg":"ES384","jwk":)" + t.service.jwk() + "}";
                   tokens[0].second = sign_jws(header, to_json(t.gpu()), t.service.key);
                 };
               }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_parts(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      token("nras_digest",
            [](ForgedToken& t) {
              t.swap_tokens = [](DeviceTokens& tokens) { std::swap(tokens[0].second, tokens[1].second); };
            }),
      token("nras_submodules",
            [](ForgedToken& t) {
              t.policy.nras.devices = 1;
              t.swap_tokens = [](DeviceTokens& tokens) { tokens.pop_back(); };
            }),
      token("nras_device_count", [](ForgedToken& t) { t.policy.nras.devices = 3; }),
      token("nras_device_twice", [](ForgedToken& t) { t.devices[1].second = t.devices[0].second; }),
      token("nras_overall_missing", show_the_first_alone),
      token("nras_overall", overall("x-nvidia-overall-att-result", "false")),
      token("nras_version", overall("x-nvidia-ver", R"("4.0")")),
      token("nras_subject", overall("sub", R"("SOMETHING-ELSE")")),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_claims(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      token("nras_issuer", overall("iss", R"("https://nras.attestation-stg.nvidia.com")")),
      token("nras_issuer", claim("iss", R"("https://nras.attestation-stg.nvidia.com")")),
      token("nras_nonce", overall("eat_nonce", kOtherNonce)),
      token("nras_nonce", claim("eat_nonce", kOtherNonce)),
      token("nras_not_yet_valid", claim("nbf", "1795435999")),
      token("nras_expired", overall("exp", "1")),
      token("nras_expired", claim("exp", "1")),
      token("nras_age", [](ForgedToken& t) { t.at = kTestNow + std::chrono::minutes(11); }),
      token("nras_device_id", claim("oemid", "null")),
      token("nras_device_id", claim("ueid", R"("0x10")")),
      token("nras_measurements", claim("measres", R"("fail")")),
      token("nras_measurements", claim("x-nvidia-mismatch-measurement-records", R"([{"index":9}])")),
      token("nras_arch", claim("x-nvidia-gpu-arch-check", "false")),
      token("nras_report", claim("x-nvidia-gpu-attestation-report-nonce-match", "false")),
      token("nras_report", claim("x-nvidia-gpu-attestation-report-signature-verified", "null")),
      token("nras_fwid", claim("x-nvidia-gpu-attestation-report-cert-chain-fwid-match", "false")),
      token("nras_rim", claim("x-nvidia-gpu-driver-rim-measurements-available", "false")),
      token("nras_rim", claim("x-nvidia-gpu-vbios-rim-version-match", "false")),
      token("nras_revocation", claim("x-nvidia-gpu-attestation-report-cert-chain", kRevokedChain)),
      token("nras_revocation", claim("x-nvidia-gpu-driver-rim-cert-chain", kRevokedChain)),
      token("nras_debug", claim("dbgstat", R"("enabled")")),
      token("nras_secboot", claim("secboot", "false")),
      token("nras_warning", claim("x-nvidia-attestation-warning", R"("a certificate is on hold")")),
      token("nras_claim_unknown", claim("x-nvidia-gpu-in-a-volcano", "true")),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

const Campaign& campaign() {
  static const Campaign made = [] {
    Campaign out{.name = "NRAS", .prefixes = {"nras_"}, .rows = {}, .unforged = {}};
    add_keys(out.rows);
    add_parts(out.rows);
    add_claims(out.rows);
    out.unforged = {
        {"nras_token_missing", "of a bundle, whose policy asks for a token: collateral_appraisal_test.cc"},
        {"nras_devices", "of a bundle, which shows the devices themselves: collateral_appraisal_test.cc"},
    };
    return out;
  }();
  return made;
}

TEST(ForgedToken, HealthyIsAccepted) { EXPECT_TRUE(ForgedToken().judged().accepted); }
TEST(ForgedToken, IsSeenAsWhatItIs) { run(campaign()); }
TEST(ForgedToken, BreaksEveryRule) { expect_complete(campaign()); }

}  // namespace
}  // namespace aipg::tee
