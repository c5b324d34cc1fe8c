// SPDX-License-Identifier: Apache-2.0
// Forged Intel platforms: quotes of TDX and SGX, and what Intel says of them.
#include "base/hex.h"
#include "tee/forged_campaign_fixture.h"

namespace aipg::tee {
namespace {

using attest::tdx::Collateral;
using std::chrono::hours;

constexpr std::uint64_t kDebug = 1, kReserved = 1ULL << 40, kSeptVeDisable = 1ULL << 28, kMigratable = 1ULL << 29;
constexpr std::size_t kBody = 48, kTdReport = 584, kSignature = 64;

using Forge = std::function<void(ForgedMachine&)>;

Forgery tdx_as(const char* rule, const char* code, Forge forge) {
  return on_machine(rule, code, "tdx", "none", Judged::cpu, std::move(forge));
}
Forgery tdx(const char* rule, Forge forge) { return tdx_as(rule, rule, std::move(forge)); }
Forgery on(const char* cpu, const char* rule, Forge forge) {
  return on_machine(rule, rule, cpu, "none", Judged::cpu, std::move(forge));
}

// A change of what the guest says, before the quote is signed.
Forge guest(std::function<void(QuoteContent&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.platform.content.intel.guest); };
}
// A change of what Intel says, before it signs.
Forge intel(std::function<void(CollateralContent&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.platform.content.intel.collateral); };
}
// A change of what Intel signed.
Forge items(std::function<void(Collateral&)> edit) {
  return [edit](ForgedMachine& machine) { machine.edit_intel = edit; };
}
Forge policy(std::function<void(attest::Policy&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.policy); };
}
Forge quote(std::function<void(Bytes&)> edit) {
  return [edit](ForgedMachine& machine) { machine.edit_evidence = edit; };
}

constexpr crypto::Hash384 kOther{0xee};

SimulatedModule& module(CollateralContent& said) { return said.tcb_info.module_identities.front(); }

void flip(Bytes& bytes, std::size_t at) { bytes.at(at) ^= 1; }
// One of the signature's, in hexadecimal at the document's end.
void change_digit(Bytes& document) {
  std::uint8_t& digit = document.at(document.size() - 10);
  digit = digit == '0' ? '1' : '0';
}

// The quoting enclave vouches for a key that is not a point of the curve.
void use_impossible_key(ForgedMachine& machine) {
  const ByteArray<64> key{1};
  const Hash256 auth = crypto::sha256(as_bytes("aipg simulated QE authentication data"));
  ByteArray<64> bound{};
  std::ranges::copy(crypto::sha256({key, auth}), bound.begin());
  machine.platform.content.intel.guest.qe_report_data = bound;
  machine.edit_evidence = [key](Bytes& bytes) {
    std::ranges::copy(key, bytes.begin() + kBody + kTdReport + 4 + kSignature);
  };
}

// The platform's certificate, without what it says about the platform.
void drop_pck_extension(SimulatedAuthorities& own) {
  crypto::CertificateTemplate leaf;
  leaf.subject_cn = std::string(kPckName);
  leaf.serial = {3};
  leaf.not_before = kTestNow - hours(1);
  leaf.not_after = kTestNow + hours(1);
  leaf.key_usage = 0b11;
  own.pki.pck_chain[0] = crypto::issue_certificate(leaf, own.pki.pck_key.public_key(), std::string(kPlatformCaName),
                                                   own.pki.intel.platform_ca);
}

crypto::RevokedEntry revoked(const Bytes& certificate) {
  return {crypto::Certificate::parse(certificate)->serial(), kTestNow - hours(2), {}};
}

void add_quotes(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx_as("tdx_structure", "quote_trailing_bytes", quote([](Bytes& q) { q.push_back(1); })),
      tdx_as("tdx_structure", "quote_unknown_version", quote([](Bytes& q) { q[0] = 6; })),
      tdx_as("tdx_structure", "quote_truncated", quote([](Bytes& q) { q.resize(700); })),
      tdx_as("tdx_chain", "chain_root",
             policy([](auto& p) { p.roots = attest::SimulatedRoots(make_pki(kTestNow).roots()); })),
      tdx_as("tdx_chain", "chain_expired", [](ForgedMachine& m) { m.now = kTestNow + hours(24 * 365 * 8); }),
      tdx("pck_extension", [](ForgedMachine& m) { m.use_own_authorities(drop_pck_extension); }),
      tdx("tdx_qe_signature",
          [](ForgedMachine& m) {
            m.use_own_authorities(
                [](auto& own) { own.pki.pck_key = crypto::EcPrivateKey::generate(crypto::Curve::p256); });
          }),
      tdx("tdx_qe_binding", guest([](auto& g) { g.qe_report_data = ByteArray<64>{1}; })),
      tdx("tdx_attestation_key", use_impossible_key),
      tdx("tdx_quote_signature", quote([](Bytes& q) { flip(q, kBody + 400); })),
      tdx("tdx_qe_vendor", guest([](auto& g) { g.qe_vendor_id[0] ^= 1; })),
      tdx("tdx_qe_debug",
          [](ForgedMachine& m) {
            m.platform.content.intel.guest.qe_flags |= 2;
            m.platform.content.intel.collateral.qe_identity.attributes = "13000000000000000000000000000000";
          }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_guests(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx("tdx_debug", guest([](auto& g) { g.td_attributes |= kDebug; })),
      on("tdx-v5", "tdx_debug", guest([](auto& g) { g.td_attributes |= kDebug; })),
      tdx("tdx_attributes_reserved", guest([](auto& g) { g.td_attributes |= kReserved; })),
      tdx("tdx_migratable", guest([](auto& g) { g.td_attributes |= kMigratable; })),
      tdx("tdx_sept_ve_disable", guest([](auto& g) { g.td_attributes &= ~kSeptVeDisable; })),
      tdx("tdx_xfam", guest([](auto& g) { g.xfam |= 1ULL << 50; })),
      tdx("tdx_xfam", guest([](auto& g) { g.xfam &= ~1ULL; })),
      tdx("tdx_attributes_allowed", policy([](auto& p) { p.tdx_guest.allowed_attributes = 0; })),
      tdx("tdx_xfam_allowed", policy([](auto& p) { p.tdx_guest.allowed_xfam = 0x3; })),
      tdx("tdx_mrsignerseam",
          [](ForgedMachine& m) {
            m.platform.content.intel.guest.mrsignerseam = kOther;
            module(m.platform.content.intel.collateral).mrsigner = to_hex(kOther);
          }),
      tdx("tdx_seam_attributes",
          [](ForgedMachine& m) {
            m.platform.content.intel.guest.seam_attributes = 1;
            module(m.platform.content.intel.collateral).attributes = "0100000000000000";
          }),
      on("tdx-v5", "tdx_mrservicetd", guest([](auto& g) { g.mrservicetd = kOther; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_pins(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx("tdx_mrtd", policy([](auto& p) { p.tdx_guest.mrtd = kOther; })),
      tdx("tdx_rtmr0", policy([](auto& p) { p.tdx_guest.rtmr[0] = kOther; })),
      tdx("tdx_rtmr1", policy([](auto& p) { p.tdx_guest.rtmr[1] = kOther; })),
      tdx("tdx_rtmr2", policy([](auto& p) { p.tdx_guest.rtmr[2] = kOther; })),
      tdx("tdx_rtmr3", policy([](auto& p) { p.tdx_guest.rtmr[3] = kOther; })),
      tdx("tdx_mrconfigid", policy([](auto& p) { p.tdx_guest.mrconfigid = kOther; })),
      tdx("tdx_mrowner", policy([](auto& p) { p.tdx_guest.mrowner = kOther; })),
      tdx("tdx_mrownerconfig", policy([](auto& p) { p.tdx_guest.mrownerconfig = kOther; })),
      tdx("tdx_mrservicetd", policy([](auto& p) { p.tdx_guest.mrservicetd = kOther; })),
      tdx("tdx_report_data", policy([](auto& p) { p.tdx_guest.report_data = ByteArray<64>{1}; })),
      tdx("tdx_mrseam", policy([](auto& p) { p.tdx_guest.mrseams = {kOther}; })),
      tdx("tdx_tee_tcb_svn", policy([](auto& p) { p.tdx_guest.minimum_tee_tcb_svn = ByteArray<16>{6, 1, 2}; })),
      tdx("tdx_ppid", policy([](auto& p) { p.tdx_guest.platforms.ppids = {ByteArray<16>{1}}; })),
      tdx("tdx_platform_instance",
          policy([](auto& p) { p.tdx_guest.platforms.platform_instances = {ByteArray<16>{1}}; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_enclaves(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      on_machine("sgx_structure", "quote_trailing_bytes", "sgx", "none", Judged::cpu,
                 quote([](Bytes& q) { q.push_back(1); })),
      on("sgx", "tdx_quote_signature", quote([](Bytes& q) { flip(q, kBody + 100); })),
      on("sgx", "sgx_debug", [](ForgedMachine& m) { m.platform.content.intel.enclave.flags |= 2; }),
      on("sgx", "sgx_mrenclave", policy([](auto& p) { p.sgx_enclave.mrenclave = ByteArray<32>{1}; })),
      on("sgx", "sgx_mrsigner", policy([](auto& p) { p.sgx_enclave.mrsigner = ByteArray<32>{1}; })),
      on("sgx", "sgx_isv_prod_id", policy([](auto& p) { p.sgx_enclave.isv_prod_id = 7; })),
      on("sgx", "sgx_isv_svn", policy([](auto& p) { p.sgx_enclave.minimum_isv_svn = 7; })),
      on("sgx", "sgx_report_data", policy([](auto& p) { p.sgx_enclave.report_data = ByteArray<64>{1}; })),
      on("sgx", "tdx_ppid", policy([](auto& p) { p.sgx_enclave.platforms.ppids = {ByteArray<16>{1}}; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_documents(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx("tdx_tcb_info_signature", items([](Collateral& c) { change_digit(c.tcb_info); })),
      tdx("tdx_qe_identity_signature", items([](Collateral& c) { change_digit(c.qe_identity); })),
      tdx("tdx_tcb_info_not_yet_valid", intel([](auto& c) { c.tcb_info.issue_date = kTestNow + hours(1); })),
      tdx("tdx_tcb_info_expired", intel([](auto& c) { c.tcb_info.next_update = kTestNow - hours(1); })),
      tdx("tdx_tcb_info_fmspc", intel([](auto& c) { c.tcb_info.fmspc = "000000000000"; })),
      tdx("tdx_tcb_info_pce_id", intel([](auto& c) { c.tcb_info.pce_id = "0001"; })),
      tdx("tdx_tcb_info_tee", intel([](auto& c) { c.tcb_info = good_sgx_collateral(kTestNow).tcb_info; })),
      on("sgx", "tdx_tcb_info_tee", intel([](auto& c) { c.tcb_info = good_collateral(kTestNow).tcb_info; })),
      tdx("tdx_qe_identity_not_yet_valid", intel([](auto& c) { c.qe_identity.issue_date = kTestNow + hours(1); })),
      tdx("tdx_qe_identity_expired", intel([](auto& c) { c.qe_identity.next_update = kTestNow - hours(1); })),
      tdx("tdx_qe_identity_tee", intel([](auto& c) { c.qe_identity.id = "QE"; })),
      tdx("tdx_evaluation_data_mismatch", intel([](auto& c) { c.qe_identity.evaluation_data_number = 17; })),
      tdx("tdx_evaluation_data_number", policy([](auto& p) { p.tdx_collateral.minimum_evaluation_data_number = 19; })),
      tdx("collateral_stale", policy([](auto& p) { p.tdx_collateral.maximum_age = std::chrono::minutes(30); })),
      tdx("collateral_stale", policy([](auto& p) { p.tdx_collateral.oldest_root_crl = kTestNow; })),
      tdx("tdx_tcb_date", policy([](auto& p) { p.tdx_collateral.oldest_tcb = kTestNow; })),
      tdx("collateral_missing",
          [](ForgedMachine& m) { m.edit_endorsements = [](attest::Endorsements& e) { e.intel.clear(); }; }),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

// A list, a signing chain or a signer that is not what it should be.
void add_signers(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx_as("tdx_signing_chain", "chain_root", items([](Collateral& c) {
               const SimulatedPki other = make_pki(kTestNow);
               c.tcb_signing_chain = c.qe_identity_signing_chain = other.intel.tcb_signing_chain;
             })),
      tdx_as("tdx_signing_chain", "pem_too_many", items([](Collateral& c) {
               c.tcb_signing_chain.push_back(c.tcb_signing_chain[1]);
               c.qe_identity_signing_chain = c.tcb_signing_chain;
             })),
      tdx("tdx_signing_revoked",
          [](ForgedMachine& m) {
            const auto& chain = m.platform.authorities->pki.intel.tcb_signing_chain;
            m.platform.content.intel.collateral.root_crl.revoked = {revoked(chain[0])};
          }),
      tdx("tdx_pck_ca_revoked",
          [](ForgedMachine& m) {
            const auto& chain = m.platform.authorities->pki.pck_chain;
            m.platform.content.intel.collateral.root_crl.revoked = {revoked(chain[1])};
          }),
      tdx("tdx_pck_revoked",
          [](ForgedMachine& m) {
            const auto& chain = m.platform.authorities->pki.pck_chain;
            m.platform.content.intel.collateral.pck_crl.revoked = {revoked(chain[0])};
          }),
      tdx_as("tdx_root_crl", "crl_expired", intel([](auto& c) { c.root_crl.next_update = kTestNow - hours(1); })),
      tdx_as("tdx_root_crl", "crl_not_yet_valid", intel([](auto& c) { c.root_crl.this_update = kTestNow + hours(1); })),
      tdx_as("tdx_root_crl", "crl_signature", items([](Collateral& c) { flip(c.root_crl, c.root_crl.size() - 1); })),
      tdx_as("tdx_pck_crl", "crl_expired", intel([](auto& c) { c.pck_crl.next_update = kTestNow - hours(1); })),
      tdx_as("tdx_pck_crl", "crl_signature", items([](Collateral& c) { flip(c.pck_crl, c.pck_crl.size() - 1); })),
      tdx("tdx_pck_crl_issuer",
          items([](Collateral& c) { c.pck_crl_issuer_chain[0] = make_pki(kTestNow).pck_chain[1]; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

Forge status(const char* word) {
  return intel([word](auto& c) { c.tcb_info.levels.front().said.status = word; });
}

void add_statuses(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      tdx("tdx_tcb_revoked", status("Revoked")),
      tdx("tdx_tcb_out_of_date", status("OutOfDate")),
      on("sgx", "tdx_tcb_out_of_date", status("OutOfDate")),
      tdx("tdx_tcb_configuration", status("ConfigurationNeeded")),
      tdx("tdx_tcb_sw_hardening", status("SWHardeningNeeded")),
      tdx("tdx_tcb_not_supported", intel([](auto& c) {
            for (auto& level : c.tcb_info.levels) level.pce_svn = 12;
          })),
      on("tdx-v5", "tdx_tcb_relaunch", guest([](auto& g) {
           g.tee_tcb_svn2 = g.tee_tcb_svn;
           g.tee_tcb_svn[0] = 2;
         })),
      tdx("tdx_tcb_out_of_date", guest([](auto& g) { g.qe_isv_svn = 3; })),
      tdx("tdx_tcb_out_of_date", guest([](auto& g) { g.tee_tcb_svn[0] = 3; })),
      tdx("tdx_qe_identity", intel([](auto& c) { c.qe_identity.isv_prod_id = 3; })),
      tdx("tdx_qe_identity", guest([](auto& g) { g.qe_signer = "somebody else"; })),
      tdx("tdx_module_identity", intel([](auto& c) { module(c).mrsigner = std::string(96, '1'); })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

const Campaign& campaign() {
  static const Campaign made = [] {
    Campaign out{.name = "Intel", .prefixes = {"tdx_", "sgx_", "pck_", "collateral_"}, .rows = {}, .unforged = {}};
    add_quotes(out.rows);
    add_guests(out.rows);
    add_pins(out.rows);
    add_enclaves(out.rows);
    add_documents(out.rows);
    add_signers(out.rows);
    add_statuses(out.rows);
    out.unforged = {
        {"tdx_tcb_status", "a note that repeats what Intel says; the rules beside it decide"},
        {"tdx_crl", "of a list that is judged alone; beside a quote it is tdx_root_crl or tdx_pck_crl"},
    };
    return out;
  }();
  return made;
}

TEST(ForgedIntel, IsSeenAsWhatItIs) { run(campaign()); }
TEST(ForgedIntel, BreaksEveryRule) { expect_complete(campaign()); }

}  // namespace
}  // namespace aipg::tee
