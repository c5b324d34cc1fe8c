// SPDX-License-Identifier: Apache-2.0
// Forged SEV-SNP machines: reports, the keys that sign them, AMD's lists.
#include "tee/forged_campaign_fixture.h"

namespace aipg::tee {
namespace {

using attest::snp::BitRule;
using std::chrono::hours;

using Forge = std::function<void(ForgedMachine&)>;

Forgery on(const char* cpu, const char* rule, Forge forge) {
  return on_machine(rule, rule, cpu, "none", Judged::cpu, std::move(forge));
}
Forgery snp(const char* rule, Forge forge) { return on("snp-genoa", rule, std::move(forge)); }
Forgery snp_as(const char* rule, const char* code, Forge forge) {
  return on_machine(rule, code, "snp-genoa", "none", Judged::cpu, std::move(forge));
}

// A change of what the firmware says, before the report is signed.
Forge report(std::function<void(SnpReportContent&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.platform.content.amd.report); };
}
Forge asked(std::function<void(attest::snp::Requirements&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.policy.snp_guest); };
}
Forge evidence(std::function<void(Bytes&)> edit) {
  return [edit](ForgedMachine& machine) { machine.edit_evidence = edit; };
}
Forge revocation(std::function<void(crypto::CrlTemplate&)> edit) {
  return [edit](ForgedMachine& machine) { edit(machine.platform.content.amd.revocation); };
}
Forge certificates(std::function<void(std::vector<Bytes>&)> edit) {
  return [edit](ForgedMachine& machine) {
    machine.edit_endorsements = [edit](attest::Endorsements& beside) { edit(beside.certificates); };
  };
}

// The chip's certificate, changed before AMD signs it.
Forge leaf(std::function<void(crypto::CertificateTemplate&)> edit, SnpAuthority authority = SnpAuthority::ask) {
  return [edit, authority](ForgedMachine& machine) {
    const SnpKeyContent& key = machine.platform.content.amd.key;
    crypto::CertificateTemplate what = snp_key_template(key, kTestNow);
    edit(what);
    const SimulatedAmd& amd = *machine.platform.authorities->amd;
    const Bytes issued = issue_snp_key(what, amd.chip_key.public_key(), authority, key.family, amd.authorities);
    certificates([issued](std::vector<Bytes>& pool) { pool[0] = issued; })(machine);
  };
}

Forge fault(Fault which) {
  return [which](ForgedMachine& machine) { ASSERT_TRUE(apply({.faults = {which}}, machine.platform, kTestNow)); };
}

// Everything that runs is older than what the certificate is for; the policy has nothing against that.
void run_older_firmware(ForgedMachine& machine) {
  AmdContent& amd = machine.platform.content.amd;
  SnpLevels older = amd.key.levels;
  older.snp -= 1;
  amd.report.current_tcb = amd.report.committed_tcb = amd.report.launch_tcb = snp_tcb_version(older, amd.key.family);
  machine.policy.snp_guest.minimum_tcb[1] = {tcb_of(older), tcb_of(older)};
}

// What is committed is newer than what runs. That this is not what runs either is the same fact.
void commit_newer_firmware(ForgedMachine& machine) {
  AmdContent& amd = machine.platform.content.amd;
  SnpLevels newer = amd.key.levels;
  newer.snp += 1;
  amd.report.committed_tcb = snp_tcb_version(newer, amd.key.family);
  ASSERT_TRUE(machine.policy.rules.set("snp_provisional", attest::RuleMode::warn));
}

void revoke_authority(ForgedMachine& machine) {
  const Bytes serial = crypto::Certificate::parse(machine.platform.cpu_chain(kTestNow)[1])->serial();
  machine.platform.content.amd.revocation.revoked = {{serial, kTestNow - hours(2), {}}};
}

void add_reports(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      snp_as("snp_structure", "snp_size", evidence([](Bytes& r) { r.push_back(0); })),
      snp_as("snp_structure", "snp_size", evidence([](Bytes& r) { r.pop_back(); })),
      snp_as("snp_structure", "snp_version", report([](auto& r) { r.version = 6; })),
      snp_as("snp_structure", "snp_signature_algorithm", report([](auto& r) { r.signature_algorithm = 2; })),
      snp_as("snp_structure", "snp_signature_form", evidence([](Bytes& r) { r.back() = 1; })),
      snp("snp_signature", evidence([](Bytes& r) { r[0x50] ^= 1; })),
      on("snp-turin", "snp_signature", evidence([](Bytes& r) { r[0x90] ^= 1; })),
      snp("snp_key_kind", report([](auto& r) { r.keys = 1U << 2; })),
      snp("snp_product", report([](auto& r) { r.cpuid = {0x19, 0x01, 0x01}; })),
      snp("snp_reported_tcb", report([](auto& r) { r.reported_tcb[0] -= 1; })),
      on("snp-turin", "snp_reported_tcb", report([](auto& r) { r.reported_tcb[0] -= 1; })),
      snp("snp_chip_id", report([](auto& r) { r.chip_id[5] ^= 1; })),
      on("snp-turin", "snp_chip_id", report([](auto& r) { r.chip_id[5] ^= 1; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_chains(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      snp("snp_certificates", certificates([](auto& pool) { pool.push_back(pool[0]); })),
      snp("snp_certificates", certificates([](auto& pool) { pool.erase(pool.begin()); })),
      snp("snp_certificates", certificates([](auto& pool) { pool.erase(pool.begin() + 1); })),
      snp("snp_certificates",
          certificates([](auto& pool) { pool.push_back(test_authorities()->amd->of(SnpFamily::milan).ask); })),
      snp_as("snp_chain", "chain_root",
             [](ForgedMachine& m) { m.policy.roots = attest::SimulatedRoots(attest::RootSet{}); }),
      snp_as("snp_chain", "chain_signature", certificates([](auto& pool) { pool[0].back() ^= 1; })),
      snp_as("snp_chain", "chain_expired", leaf([](auto& what) { what.not_after = kTestNow - hours(1); })),
      snp_as("snp_chain", "chain_not_yet_valid", leaf([](auto& what) { what.not_before = kTestNow + hours(1); })),
      snp("snp_extension", leaf([](auto& what) { what.extra.pop_back(); })),
      snp_as("snp_extension", "certificate_invalid", leaf([](auto& what) { what.extra.push_back(what.extra[0]); })),
      snp("snp_key_kind", leaf([](auto& what) { what.subject_cn = "SIMULATED SEV-VLEK"; })),
      snp_as("snp_crl", "crl_expired", revocation([](auto& list) { list.next_update = kTestNow - hours(1); })),
      snp_as("snp_crl", "crl_not_yet_valid", revocation([](auto& list) { list.this_update = kTestNow + hours(1); })),
      snp_as("snp_crl", "crl_signature",
             [](ForgedMachine& m) { m.edit_endorsements = [](auto& beside) { beside.crls[0].back() ^= 1; }; }),
      snp("collateral_missing",
          [](ForgedMachine& m) { m.edit_endorsements = [](auto& beside) { beside.crls.clear(); }; }),
      snp("snp_revoked", revoke_authority),
      on("snp-turin", "snp_revoked", revoke_authority),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_guests(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      snp("snp_policy_reserved", report([](auto& r) { r.policy |= 1ULL << 26; })),
      snp("snp_policy_one", report([](auto& r) { r.policy &= ~(1ULL << 17); })),
      snp("snp_debug", report([](auto& r) { r.policy |= 1ULL << 19; })),
      on("snp-turin", "snp_debug", report([](auto& r) { r.policy |= 1ULL << 19; })),
      snp("snp_migratable", report([](auto& r) { r.policy |= 1ULL << 18; })),
      snp("snp_migration_agent", report([](auto& r) { r.report_id_ma = Hash256{1}; })),
      snp("snp_host_requested", report([](auto& r) { r.vmpl = 0xFFFFFFFF; })),
      snp("snp_vmpl", report([](auto& r) { r.vmpl = 1; })),
      snp("snp_guest_svn", asked([](auto& a) { a.minimum_guest_svn = 1; })),
      on("snp-milan", "snp_family_minimum", [](ForgedMachine&) {}),
      snp("snp_vlek", fault(Fault::vlek)),
      snp("snp_chip_key_masked", report([](auto& r) { r.keys |= 1U << 1; })),
      snp("snp_committed_tcb", commit_newer_firmware),
      snp("snp_current_tcb", run_older_firmware),
      snp("snp_provisional", fault(Fault::provisional_firmware)),
      snp("snp_tcb_minimum", asked([](auto& a) { a.minimum_tcb[1]->firmware.snp += 1; })),
      snp("snp_tcb_minimum", asked([](auto& a) { a.minimum_tcb[1].reset(); })),
      snp("snp_launch_tcb", report([](auto& r) { r.launch_tcb[0] -= 1; })),
      snp("snp_mitigations", asked([](auto& a) { a.mitigations = 1; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_bits(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      snp("snp_smt", asked([](auto& a) { a.policy.smt = BitRule::clear; })),
      snp("snp_single_socket", asked([](auto& a) { a.policy.single_socket = BitRule::set; })),
      snp("snp_cxl", report([](auto& r) { r.policy |= 1ULL << 21; })),
      snp("snp_aes_256_xts", asked([](auto& a) { a.policy.aes_256_xts = BitRule::set; })),
      snp("snp_rapl", asked([](auto& a) { a.policy.rapl_disabled = BitRule::set; })),
      snp("snp_ciphertext_hiding", asked([](auto& a) { a.policy.ciphertext_hiding = BitRule::set; })),
      snp("snp_page_swap", asked([](auto& a) { a.policy.page_swap_disabled = BitRule::set; })),
      snp("snp_platform_reserved", report([](auto& r) { r.platform_info |= 1ULL << 6; })),
      snp("snp_platform_smt", asked([](auto& a) { a.platform.smt = BitRule::clear; })),
      snp("snp_platform_tsme", asked([](auto& a) { a.platform.tsme = BitRule::set; })),
      snp("snp_platform_ecc", asked([](auto& a) { a.platform.ecc = BitRule::clear; })),
      snp("snp_platform_rapl", asked([](auto& a) { a.platform.rapl_disabled = BitRule::set; })),
      snp("snp_platform_ciphertext_hiding", asked([](auto& a) { a.platform.ciphertext_hiding = BitRule::set; })),
      snp("snp_alias_check", report([](auto& r) { r.platform_info &= ~(1ULL << 5); })),
      snp("snp_platform_tio", asked([](auto& a) { a.platform.tio = BitRule::set; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_pins(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      snp("snp_measurement", asked([](auto& a) { a.measurement = ByteArray<48>{1}; })),
      snp("snp_host_data", asked([](auto& a) { a.host_data = ByteArray<32>{1}; })),
      snp("snp_report_data", asked([](auto& a) { a.report_data = ByteArray<64>{1}; })),
      snp("snp_id_key", asked([](auto& a) { a.id_key_digest = ByteArray<48>{1}; })),
      snp("snp_author_key", asked([](auto& a) { a.author_key_digest = ByteArray<48>{1}; })),
      snp("snp_family_id", asked([](auto& a) { a.family_id = ByteArray<16>{1}; })),
      snp("snp_image_id", asked([](auto& a) { a.image_id = ByteArray<16>{1}; })),
      snp("snp_chip_not_listed", asked([](auto& a) { a.chip_ids = {ByteArray<64>{1}}; })),
      snp("snp_chip_not_listed", asked([](auto& a) { a.chip_ids = std::vector<ByteArray<64>>(); })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

const Campaign& campaign() {
  static const Campaign made = [] {
    Campaign out{.name = "AMD", .prefixes = {"snp_"}, .rows = {}, .unforged = {}};
    add_reports(out.rows);
    add_chains(out.rows);
    add_guests(out.rows);
    add_bits(out.rows);
    add_pins(out.rows);
    return out;
  }();
  return made;
}

TEST(ForgedAmd, IsSeenAsWhatItIs) { run(campaign()); }
TEST(ForgedAmd, BreaksEveryRule) { expect_complete(campaign()); }

}  // namespace
}  // namespace aipg::tee
