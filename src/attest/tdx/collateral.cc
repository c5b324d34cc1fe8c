// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/collateral.h"

#include "base/hex.h"
#include "crypto/crl.h"

namespace aipg::attest::tdx {
namespace {

using crypto::Certificate;
using crypto::Crl;

constexpr std::size_t kSigningChain = 2;

// An error of a parser or a chain, with the name of the item it is about.
void refuse(const Error& error, std::string_view item, Rules& rules) {
  std::string detail(item);
  if (!error.where.view().empty()) detail += ": " + std::string(error.where.view());
  rules.add(error.code, Severity::failed, detail);
}

std::string name(Tee tee) { return tee == Tee::tdx ? "TDX" : "SGX"; }

// Which items are not there, for people; empty when all are.
std::string missing(const Collateral& collateral) {
  std::string out;
  const auto look = [&out](bool there, const char* item) {
    if (!there) out += std::string(out.empty() ? "no " : ", no ") + item;
  };
  look(!collateral.tcb_info.empty(), "TCB info");
  look(!collateral.tcb_signing_chain.empty(), "TCB signing chain");
  look(!collateral.qe_identity.empty(), "QE identity");
  look(!collateral.qe_identity_signing_chain.empty(), "QE identity signing chain");
  look(!collateral.root_crl.empty(), "root CRL");
  look(!collateral.pck_crl.empty(), "PCK CRL");
  return out;
}

Result<Certificate> verified_signer(const std::vector<Bytes>& ders, const Certificate& root, Instant at,
                                    VerifierCache* cache) {
  if (ders.size() > kSigningChain) return fail("chain_length", {}, ders.size());
  AIPG_TRY(std::vector<Certificate> chain, read_certificates(ders, cache));
  const crypto::ChainProfile profile{.length = kSigningChain, .algorithm = crypto::SignatureAlgorithm::ecdsa_sha256};
  AIPG_CHECK(crypto::verify_chain(chain, {to_bytes(root.der())}, profile, at));
  const crypto::EcPublicKey* key = chain[0].ec_key();
  if (key == nullptr || key->curve() != crypto::Curve::p256) return fail("chain_algorithm", "curve");
  return std::move(chain[0]);
}

// One appraisal of one platform's collateral.
class Check {
 public:
  Check(const VerifiedPlatform& platform, const Collateral& collateral, const CollateralRequirements& requirements,
        Instant at, Rules& rules, VerifierCache* cache)
      : platform_(platform),
        collateral_(collateral),
        requirements_(requirements),
        at_(at),
        rules_(rules),
        cache_(cache) {}

  void run() {
    const std::string absent = missing(collateral_);
    rules_.expect(absent.empty(), "collateral_missing", absent);
    read_signers();
    const KeptTcbInfo tcb_info = read_tcb_info();
    const KeptQeIdentity qe_identity = read_qe_identity();
    check_lists();
    if (tcb_info && qe_identity) check_numbers(tcb_info->content, qe_identity->content);
    if (!tcb_info || !qe_identity || signer_revoked_) return;
    tcb_info_ = tcb_info;
    qe_identity_ = qe_identity;
  }

  // Null unless both may be evaluated.
  [[nodiscard]] const KeptTcbInfo& tcb_info() const { return tcb_info_; }
  [[nodiscard]] const KeptQeIdentity& qe_identity() const { return qe_identity_; }

 private:
  std::optional<Certificate> read_signer(const std::vector<Bytes>& chain, const char* item) {
    if (chain.empty()) return std::nullopt;
    auto signer = verified_signer(chain, platform_.root(), at_, cache_);
    if (!signer) return refuse(signer.error(), item, rules_), std::nullopt;
    return *std::move(signer);
  }

  // Mostly one certificate signed both documents, and is verified once.
  void read_signers() {
    tcb_signer_ = read_signer(collateral_.tcb_signing_chain, "TCB signing chain");
    const bool same = collateral_.qe_identity_signing_chain == collateral_.tcb_signing_chain;
    qe_signer_ = same ? tcb_signer_ : read_signer(collateral_.qe_identity_signing_chain, "QE identity signing chain");
    if (tcb_signer_ && qe_signer_) rules_.add("tdx_signing_chain", Severity::passed);
  }

  bool has_begun(Literal code, const Window& window) {
    return rules_.require(window.issue_date <= at_, code, "issued only later",
                          [&] { return compare_instants("not after", at_, window.issue_date); });
  }

  bool still_stands(Literal code, const Window& window) {
    return rules_.require(at_ <= window.next_update, code, "a newer one was due " + to_text(window.next_update),
                          [&] { return compare_instants("not before", at_, window.next_update); });
  }

  void check_age(Instant issued, const char* item) {
    if (!requirements_.maximum_age) return;
    rules_.expect(at_ - issued <= *requirements_.maximum_age, "collateral_stale",
                  std::string(item) + " of " + to_text(issued),
                  [&] { return compare_instants("not before", at_ - *requirements_.maximum_age, issued); });
  }

  KeptTcbInfo read_tcb_info() {
    if (collateral_.tcb_info.empty()) return nullptr;
    const auto kept = recall(cache_, &VerifierCache::tcb_infos, collateral_.tcb_info, keep_tcb_info);
    if (!kept) return refuse(kept.error(), "TCB info", rules_), nullptr;
    if (!tcb_signer_) return nullptr;
    if (!rules_.require((*kept)->signed_by(*tcb_signer_->ec_key()), "tdx_tcb_info_signature",
                        "Intel's TCB signing key did not sign this TCB info")) {
      return nullptr;
    }
    const TcbInfo& info = (*kept)->content;
    const bool begun = has_begun("tdx_tcb_info_not_yet_valid", info.window);
    const bool stands = still_stands("tdx_tcb_info_expired", info.window);
    check_age(info.window.issue_date, "TCB info");
    const bool about = is_about_platform(info);
    return begun && stands && about ? *kept : nullptr;
  }

  bool is_about_platform(const TcbInfo& info) {
    const PckExtension& pck = platform_.platform();
    const bool tee =
        rules_.require(info.tee == platform_.tee(), "tdx_tcb_info_tee", "the TCB info is for the other of SGX and TDX",
                       [&] { return Compared{name(platform_.tee()), name(info.tee)}; });
    const bool fmspc =
        rules_.require(info.fmspc == pck.fmspc, "tdx_tcb_info_fmspc", "the TCB info is for another kind of platform",
                       [&] { return compare_bytes(pck.fmspc, info.fmspc); });
    const bool pce_id = rules_.require(info.pce_id == pck.pce_id, "tdx_tcb_info_pce_id",
                                       "the TCB info is for another certification enclave",
                                       [&] { return compare_bytes(pck.pce_id, info.pce_id); });
    return tee && fmspc && pce_id;
  }

  KeptQeIdentity read_qe_identity() {
    if (collateral_.qe_identity.empty()) return nullptr;
    const auto kept = recall(cache_, &VerifierCache::qe_identities, collateral_.qe_identity, keep_qe_identity);
    if (!kept) return refuse(kept.error(), "QE identity", rules_), nullptr;
    if (!qe_signer_) return nullptr;
    if (!rules_.require((*kept)->signed_by(*qe_signer_->ec_key()), "tdx_qe_identity_signature",
                        "Intel's TCB signing key did not sign this QE identity")) {
      return nullptr;
    }
    const QeIdentity& identity = (*kept)->content;
    const bool begun = has_begun("tdx_qe_identity_not_yet_valid", identity.window);
    const bool stands = still_stands("tdx_qe_identity_expired", identity.window);
    check_age(identity.window.issue_date, "QE identity");
    const bool about = rules_.require(identity.tee == platform_.tee(), "tdx_qe_identity_tee",
                                      "the QE identity is for the other of SGX and TDX",
                                      [&] { return Compared{name(platform_.tee()), name(identity.tee)}; });
    return begun && stands && about ? *kept : nullptr;
  }

  void check_numbers(const TcbInfo& info, const QeIdentity& identity) {
    const std::uint32_t lower = std::min(info.evaluation_data_number, identity.evaluation_data_number);
    rules_.expect(lower >= requirements_.minimum_evaluation_data_number, "tdx_evaluation_data_number",
                  "older than your policy asks for",
                  [&] { return compare_minimum(requirements_.minimum_evaluation_data_number, lower); });
    rules_.expect(info.evaluation_data_number == identity.evaluation_data_number, "tdx_evaluation_data_mismatch",
                  "TCB info and QE identity are of different TCB recoveries",
                  [&] { return compare_numbers(info.evaluation_data_number, identity.evaluation_data_number); });
  }

  // The list, once it is known to be `issuer`'s and current.
  std::optional<Crl> read_list(Literal code, ByteView der, const Certificate& issuer, const char* item) {
    if (der.empty()) return std::nullopt;
    auto list = read_crl(der, cache_);
    if (!list) return refuse(list.error(), item, rules_), std::nullopt;
    if (const auto good = crypto::verify_crl(*list, issuer, at_); !good) {
      return refuse(good.error(), item, rules_), std::nullopt;
    }
    rules_.add(code, Severity::passed);
    return *std::move(list);
  }

  void check_lists() {
    if (const auto list = read_list("tdx_root_crl", collateral_.root_crl, platform_.root(), "root CRL")) {
      check_root_list(*list);
    }
    if (const auto list = read_list("tdx_pck_crl", collateral_.pck_crl, platform_.ca(), "PCK CRL")) {
      rules_.require(!list->is_revoked(platform_.leaf().serial()), "tdx_pck_revoked",
                     "Intel revoked this platform's PCK certificate");
      check_age(list->this_update(), "PCK CRL");
    }
    check_list_issuer();
  }

  void check_root_list(const Crl& list) {
    rules_.require(!list.is_revoked(platform_.ca().serial()), "tdx_pck_ca_revoked",
                   "Intel revoked the CA of this platform's PCK certificate");
    const auto revoked = [&list](const std::optional<Certificate>& signer) {
      return signer && list.is_revoked(signer->serial());
    };
    signer_revoked_ = revoked(tcb_signer_) || revoked(qe_signer_);
    rules_.require(!signer_revoked_, "tdx_signing_revoked", "Intel revoked the certificate that signs TCB info");
    if (requirements_.oldest_root_crl) {
      rules_.expect(*requirements_.oldest_root_crl <= list.this_update(), "collateral_stale",
                    "root CRL of " + to_text(list.this_update()),
                    [&] { return compare_instants("not before", *requirements_.oldest_root_crl, list.this_update()); });
    }
  }

  // The CA that came with the PCK CRL is the quote's: the same certificate, or one for the same name and key.
  void check_list_issuer() {
    const std::vector<Bytes>& chain = collateral_.pck_crl_issuer_chain;
    if (chain.empty()) return;
    rules_.require(is_quotes_ca(chain), "tdx_pck_crl_issuer", "the CA beside the PCK CRL is not the quote's");
  }

  bool is_quotes_ca(const std::vector<Bytes>& chain) {
    if (chain.size() != 2 || !equal(chain[1], platform_.root().der())) return false;
    if (equal(chain[0], platform_.ca().der())) return true;
    const auto other = read_certificate(chain[0], cache_);
    return other && other->subject() == platform_.ca().subject() && other->spki() == platform_.ca().spki() &&
           other->signed_by(platform_.root());
  }

  const VerifiedPlatform& platform_;
  const Collateral& collateral_;
  const CollateralRequirements& requirements_;
  Instant at_;
  Rules& rules_;
  VerifierCache* cache_;
  std::optional<Certificate> tcb_signer_, qe_signer_;
  KeptTcbInfo tcb_info_;
  KeptQeIdentity qe_identity_;
  bool signer_revoked_ = false;
};

}  // namespace

std::optional<VerifiedCollateral> check_collateral(const VerifiedPlatform& platform, const Collateral& collateral,
                                                   const CollateralRequirements& requirements, Instant at, Rules& rules,
                                                   VerifierCache* cache) {
  Check check(platform, collateral, requirements, at, rules, cache);
  check.run();
  if (!check.tcb_info() || !check.qe_identity()) return std::nullopt;
  return VerifiedCollateral(check.tcb_info(), check.qe_identity());
}

}  // namespace aipg::attest::tdx
