// SPDX-License-Identifier: Apache-2.0
#include "verifier_originals.h"

#include "codec/pem.h"
#include "tee/simulated_collateral.h"
#include "tee/simulated_evidence.h"
#include "tee/simulated_quote.h"
#include "tee/simulated_report.h"
#include "tee/simulated_snp_report.h"

namespace aipg::fuzz {
namespace {

using attest::EvidenceKind;

const Hash256 kNonce = crypto::sha256(as_bytes("nonce"));
const crypto::Hash384 kFwid = tee::simulated_measurement("GPU FWID");
constexpr milliseconds kDay{24LL * 3600 * 1000};

Bytes pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) out += codec::to_pem_certificate(der);
  return to_bytes(out);
}

attest::Policy policy_of(std::string_view name, const attest::RootSet& roots) {
  attest::Policy out = *attest::ready_policy(name);
  out.roots = attest::SimulatedRoots(roots);
  return out;
}

tee::ReportContent healthy_gpu() {
  tee::ReportContent out;
  out.nonce = kNonce;
  out.fwid = kFwid;
  return out;
}

// The next bytes that decide something; zeros when there are none left.
class Dice {
 public:
  explicit Dice(ByteView bytes) : bytes_(bytes) {}
  template <typename T>
  void set(T& field) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      if (next_ < bytes_.size()) reinterpret_cast<std::uint8_t*>(&field)[i] = bytes_[next_++];
    }
  }

 private:
  ByteView bytes_;
  std::size_t next_ = 0;
};

}  // namespace

const Originals& Originals::get() {
  static const Originals made;
  return made;
}

Originals::Originals() : device_(tee::make_device(authorities_.pki, 0, kFwid, now_)) {
  vendor_ = policy_of("vendor", authorities_.roots());
  chain_ = policy_of("chain", authorities_.roots());
  add_intel();
  add_amd();
  add_nvidia();
  add_token();
  add_bundle();
}

attest::Verdict Originals::judge(const Scenario& scenario, bool strict, milliseconds later) const {
  if (!scenario.kind) {
    const attest::AppraisalInputs inputs{.freshness = machine_->freshness};
    return attest::appraise(scenario.items[0], machine_->policy, inputs, machine_->now + later).verdict;
  }
  attest::Endorsements endorsements;
  for (std::size_t i = 1; i < scenario.items.size(); ++i) {
    if (!endorsements.add(scenario.items[i])) return {};  // refused, as by whoever calls the verifier
  }
  return attest::verify_evidence({.kind = *scenario.kind, .bytes = scenario.items[0], .nonce = scenario.nonce},
                                 endorsements, strict ? vendor_ : chain_, now_ + later);
}

void Originals::add(std::optional<EvidenceKind> kind, std::vector<Bytes> items, std::optional<Hash256> nonce) {
  scenarios_.push_back({kind, std::move(items), nonce});
  if (!judge(scenarios_.back(), true, {}).accepted) __builtin_trap();
  parts_.merge(signed_parts(scenarios_.back()));
}

void Originals::add_intel() {
  const tee::SimulatedPki& pki = authorities_.pki;
  auto collateral = tee::make_collateral(tee::good_collateral(now_), pki.intel);
  collateral.pck_crl_issuer_chain = {pki.pck_chain[1], pki.pck_chain[2]};
  const Bytes combined = to_bytes(tee::combined_json(collateral));
  const std::vector<Bytes> single{collateral.tcb_info, collateral.qe_identity, collateral.root_crl, collateral.pck_crl,
                                  pem_of(collateral.tcb_signing_chain)};
  tee::QuoteContent guest;
  add(EvidenceKind::tdx_quote, {tee::make_quote(guest, pki, quoting_key_), combined});
  guest.form = tee::QuoteForm::v5_td15;
  std::vector<Bytes> items{tee::make_quote(guest, pki, quoting_key_)};
  items.insert(items.end(), single.begin(), single.end());
  add(EvidenceKind::tdx_quote, std::move(items));
  auto for_enclaves = tee::make_collateral(tee::good_sgx_collateral(now_), pki.intel);
  for_enclaves.pck_crl_issuer_chain = collateral.pck_crl_issuer_chain;
  add(EvidenceKind::sgx_quote,
      {tee::make_sgx_quote({}, pki, quoting_key_), to_bytes(tee::combined_json(for_enclaves))});
  add(EvidenceKind::crl, {collateral.pck_crl, pem_of({pki.pck_chain[1], pki.pck_chain[2]})});
}

void Originals::add_amd() {
  const tee::SimulatedAmd& amd = *authorities_.amd;
  const tee::SnpKeyContent key;
  const Bytes leaf = tee::issue_snp_key(tee::snp_key_template(key, now_), amd.chip_key.public_key(),
                                        tee::SnpAuthority::ask, key.family, amd.authorities);
  const Bytes authorities = pem_of({amd.of(key.family).ask, amd.of(key.family).ark});
  const Bytes list = tee::issue_snp_crl({}, key.family, amd.authorities, now_ - kDay, now_ + kDay);
  add(EvidenceKind::snp_report,
      {tee::make_snp_report(tee::snp_report_for(key), amd.chip_key), leaf, authorities, list});
  add(EvidenceKind::vcek, {leaf, authorities, list});
  add(EvidenceKind::crl, {list, authorities});
}

void Originals::add_nvidia() {
  const tee::SimulatedRimPki& manifests = authorities_.rim;
  const Bytes report = tee::make_report(healthy_gpu(), device_.key);
  const Bytes driver = to_bytes(tee::make_rim(tee::driver_rim("570.124.06"), manifests));
  const Bytes vbios = to_bytes(tee::make_rim(tee::vbios_rim("96.00.9F.00.01"), manifests));
  std::vector<Bytes> answers = tee::make_revocation_answers(authorities_.pki, device_.chain, now_);
  const std::vector<Bytes> about_rims = tee::make_rim_revocation_answers(manifests, now_);
  add(EvidenceKind::ocsp, {answers[0], pem_of(device_.chain)});
  answers.insert(answers.end(), about_rims.begin(), about_rims.end());
  std::vector<Bytes> beside{driver, vbios};
  beside.insert(beside.end(), answers.begin(), answers.end());
  std::vector<Bytes> items{report, pem_of(device_.chain)};
  items.insert(items.end(), beside.begin(), beside.end());
  add(EvidenceKind::gpu_report, std::move(items), kNonce);
  items = {to_bytes(tee::sdk_evidence_json({{attest::DeviceArch::hopper, report, device_.chain}}))};
  items.insert(items.end(), beside.begin(), beside.end());
  add(EvidenceKind::nvidia_evidence, std::move(items), kNonce);
  items = {driver};
  items.insert(items.end(), about_rims.begin(), about_rims.end());
  add(EvidenceKind::rim, std::move(items));
}

void Originals::add_token() {
  const tee::SimulatedNras service = tee::issue_nras(authorities_.nras, now_);
  const auto claims = tee::gpu_claims(kNonce, now_, tee::NrasVersion::v3, 1000);
  const tee::DeviceTokens devices{{"GPU-0", tee::sign_claims(claims, service)}};
  tee::JsonMembers overall = tee::overall_claims(kNonce, now_, tee::NrasVersion::v3);
  overall["submods"] = tee::submods_of(devices);
  const std::string token = tee::detached_eat(tee::sign_claims(overall, service), devices);
  add(EvidenceKind::nras_token, {to_bytes(token), to_bytes(service.jwks())}, kNonce);
}

void Originals::add_bundle() { add(std::nullopt, {machine_->bundle().bytes}); }

std::optional<Bytes> Originals::signed_anew(std::optional<EvidenceKind> kind, ByteView bytes) const {
  Dice dice(bytes);
  if (!kind) {
    machine_->edit_content = [&dice](tee::QuoteContent& content) {
      dice.set(content.td_attributes);
      dice.set(content.xfam);
      dice.set(content.tee_tcb_svn);
    };
    machine_->edit_report = [&dice](tee::ReportContent& content) { dice.set(content.vbios); };
    Bytes out = machine_->bundle().bytes;
    machine_->edit_content = nullptr;
    machine_->edit_report = nullptr;
    return out;
  }
  if (kind == EvidenceKind::tdx_quote) {
    tee::QuoteContent content;
    dice.set(content.td_attributes);
    dice.set(content.xfam);
    dice.set(content.tee_tcb_svn);
    dice.set(content.qe_isv_svn);
    dice.set(content.mrsignerseam);
    return tee::make_quote(content, authorities_.pki, quoting_key_);
  }
  if (kind == EvidenceKind::snp_report) {
    tee::SnpReportContent content = tee::snp_report_for({});
    dice.set(content.policy);
    dice.set(content.platform_info);
    dice.set(content.keys);
    dice.set(content.vmpl);
    dice.set(content.current_tcb);
    return tee::make_snp_report(content, authorities_.amd->chip_key);
  }
  if (kind == EvidenceKind::gpu_report) {
    tee::ReportContent content = healthy_gpu();
    dice.set(content.protected_pcie);
    dice.set(content.nvdec0);
    dice.set(content.vbios);
    content.extra.push_back({static_cast<std::uint16_t>(bytes.empty() ? 0 : bytes[0]), to_bytes(bytes)});
    return tee::make_report(content, device_.key);
  }
  return std::nullopt;
}

}  // namespace aipg::fuzz
