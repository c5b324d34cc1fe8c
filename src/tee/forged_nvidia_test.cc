// SPDX-License-Identifier: Apache-2.0
// Forged NVIDIA devices: reports, whole machines, manifests, answers about revocation.
#include "tee/forged_campaign_fixture.h"

namespace aipg::tee {
namespace {

using std::chrono::hours;

using Forge = std::function<void(ForgedMachine&)>;
using Devices = std::vector<attest::DeviceEvidence>;

Forgery on(const char* layout, const char* rule, Forge forge) {
  return on_machine(rule, rule, "tdx", layout, Judged::devices, std::move(forge));
}
Forgery gpu(const char* rule, Forge forge) { return on("hopper", rule, std::move(forge)); }
Forgery gpu_as(const char* rule, const char* code, Forge forge) {
  return on_machine(rule, code, "tdx", "hopper", Judged::devices, std::move(forge));
}

// A change of what a device says, before its report is signed.
Forge report(std::function<void(ReportContent&)> edit, std::size_t device = 0) {
  return [edit, device](ForgedMachine& machine) { edit(machine.platform.content.nvidia.devices.at(device).report); };
}
Forge shown(std::function<void(Devices&)> edit) {
  return [edit](ForgedMachine& machine) { machine.edit_devices = edit; };
}
// A change of what NVIDIA says about drivers or VBIOS, before it signs.
Forge manifest(std::size_t which, std::function<void(RimContent&)> edit) {
  return [which, edit](ForgedMachine& machine) { edit(machine.platform.content.nvidia.manifests.at(which)); };
}
// One manifest more than the machine needs.
Forge extra_manifest(std::function<std::string(const SimulatedRimPki&)> make) {
  return [make](ForgedMachine& machine) {
    const Bytes xml = to_bytes(make(machine.platform.authorities->rim));
    machine.edit_endorsements = [xml](attest::Endorsements& beside) { beside.rims.push_back(xml); };
  };
}
Forge beside(std::function<void(attest::Endorsements&)> edit) {
  return [edit](ForgedMachine& machine) { machine.edit_endorsements = edit; };
}
// Of the answers about a device's certificate, and about a manifest's signer.
Forge device_answer(std::function<void(OcspAnswer&)> edit) {
  return [edit](ForgedMachine& machine) {
    machine.platform.content.nvidia.device_answers = [edit](std::size_t i, OcspAnswer& answer) {
      if (i == 1) edit(answer);
    };
  };
}
Forge manifest_answer(std::function<void(OcspAnswer&)> edit) {
  return [edit](ForgedMachine& machine) {
    machine.platform.content.nvidia.manifest_answers = [edit](std::size_t i, OcspAnswer& answer) {
      if (i == 0) edit(answer);
    };
  };
}

void use_other_nonce(ForgedMachine& machine, std::size_t first, std::size_t count) {
  machine.edit_devices = [&machine, first, count](Devices& devices) {
    const Devices others = machine.platform.devices(Hash256{7});
    std::copy_n(others.begin() + static_cast<std::ptrdiff_t>(first), count,
                devices.begin() + static_cast<std::ptrdiff_t>(first));
  };
}

// A switch alone, that says to be another than its certificate's. What it is wired to is not asked for.
void show_another_switch(ForgedMachine& machine) {
  ASSERT_TRUE(machine.policy.rules.set("nvidia_fabric", attest::RuleMode::warn));
  machine.platform.content.nvidia.devices.back().report.pdi[0] ^= 1;
  machine.edit_devices = [](Devices& devices) { devices.erase(devices.begin(), devices.end() - 1); };
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const RimContent& driver() {
  static const RimContent made = driver_rim("570.124.06");
  return made;
}

RimContent without_active_values() {
  RimContent out = driver();
  for (GoldenValue& value : out.values) value.active = false;
  return out;
}

void add_reports(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      gpu_as("nvidia_structure", "report_trailing_bytes", shown([](Devices& d) { d[0].report.push_back(0); })),
      gpu_as("nvidia_structure", "report_truncated", shown([](Devices& d) { d[0].report.pop_back(); })),
      gpu_as("nvidia_chain", "chain_root",
             [](ForgedMachine& m) { m.policy.roots = attest::SimulatedRoots(make_pki(kTestNow).roots()); }),
      gpu_as("nvidia_chain", "chain_length", shown([](Devices& d) { d[0].chain.pop_back(); })),
      gpu("nvidia_signature", shown([](Devices& d) { d[0].report[200] ^= 1; })),
      on("blackwell", "nvidia_signature", shown([](Devices& d) { d[0].report[200] ^= 1; })),
      on("hopper-ppcie-8", "nvidia_fwid", report([](auto& r) { r.fwid = crypto::Hash384{1}; }, 3)),
      gpu("nvidia_fwid", report([](auto& r) { r.fwid = crypto::Hash384{1}; })),
      on("blackwell", "nvidia_fwid", report([](auto& r) { r.fwid = crypto::Hash384{1}; })),
      gpu("nvidia_driver", [](ForgedMachine& m) { use_driver(m.platform.content, "565.57.01"); }),
      gpu("nvidia_driver", [](ForgedMachine& m) { m.policy.minimum_driver = 571; }),
      gpu("nvidia_architecture",
          [](ForgedMachine& m) { m.policy.device_architectures = {attest::DeviceArch::blackwell}; }),
      gpu("nvidia_nonce", [](ForgedMachine& m) { use_other_nonce(m, 0, 1); }),
      gpu("nvidia_arch", shown([](Devices& d) { d[0].arch = attest::DeviceArch::blackwell; })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_machines(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      gpu("nvidia_device_twice", shown([](Devices& d) { d.push_back(d[0]); })),
      on("blackwell-mpt-8", "nvidia_device_twice", shown([](Devices& d) { d[5] = d[2]; })),
      on("blackwell-mpt-8", "nvidia_one_nonce",
         [](ForgedMachine& m) {
           m.with_nonce = false;
           use_other_nonce(m, 3, 1);
         }),
      on("blackwell-mpt-8", "nvidia_one_mode", report([](auto& r) { r.extra[2].value = {0}; }, 3)),
      on("hopper-ppcie-8", "nvidia_fabric", shown([](Devices& d) { d.pop_back(); })),
      on("hopper-ppcie-8", "nvidia_fabric", shown([](Devices& d) { d.erase(d.begin()); })),
      on("hopper-ppcie-8", "nvidia_fabric", shown([](Devices& d) { d.erase(d.begin() + 8, d.end()); })),
      on("hopper-ppcie-8", "nvidia_device_id", show_another_switch),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

void add_manifests(std::vector<Forgery>& out) {
  const auto made = [](const RimContent& content) {
    return extra_manifest([content](const SimulatedRimPki& pki) { return make_rim(content, pki); });
  };
  const std::vector<Forgery> rows{
      gpu_as("rim_structure", "xml_invalid", beside([](auto& e) { e.rims.push_back(to_bytes("<SoftwareIdentity")); })),
      gpu_as("rim_chain", "chain_root",
             extra_manifest([](const SimulatedRimPki&) { return make_rim(driver(), make_rim_pki(kTestNow)); })),
      gpu("rim_digest", extra_manifest([](const SimulatedRimPki& pki) {
            return replaced(make_rim(driver(), pki), "570.124.06", "570.124.07");
          })),
      gpu("rim_signature", extra_manifest([](const SimulatedRimPki& pki) {
            const RimEdits edits{.signature = [](std::string& text) {
              const std::size_t at = text.find("<ds:SignatureValue>") + 30;
              text[at] = text[at] == 'A' ? 'B' : 'A';
            }};
            return make_rim(driver(), pki, edits);
          })),
      gpu_as("rim_content", "rim_payload", made(without_active_values())),
      gpu("rim_version", made(driver_rim("570.124.07"))),
      gpu("rim_version", made(vbios_rim("96.00.9F.00.02"))),
      gpu("rim_twice", made(driver())),
      gpu("rim_index_conflict", manifest(0, [](auto& rim) { rim.values[9] = vbios_rim("96.00.9F.00.01").values[9]; })),
      gpu("nvidia_measurements", manifest(0, [](auto& rim) { rim.values[21].alternatives = {crypto::Hash384{1}}; })),
      gpu("nvidia_measurements", manifest(1, [](auto& rim) { rim.values[9].alternatives = {crypto::Hash384{1}}; })),
      on("hopper-ppcie-8", "nvidia_measurements",
         manifest(2, [](auto& rim) { rim.values[9].alternatives = {crypto::Hash384{1}}; })),
      gpu("rim_missing", beside([](auto& e) { e.rims.erase(e.rims.begin()); })),
      gpu("rim_missing", beside([](auto& e) { e.rims.pop_back(); })),
      on("hopper-ppcie-8", "rim_missing", beside([](auto& e) { e.rims.pop_back(); })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

using OcspForge = Forge (*)(std::function<void(OcspAnswer&)>);

void add_answers(std::vector<Forgery>& out, OcspForge answer) {
  using enum SimulatedOcspStatus;
  const auto said = [&](const char* code, std::function<void(OcspAnswer&)> edit) {
    out.push_back(gpu_as("ocsp_good", code, answer(std::move(edit))));
  };
  said("ocsp_revoked", [](OcspAnswer& a) { a.status = revoked; });
  said("ocsp_on_hold", [](OcspAnswer& a) {
    a.status = revoked;
    a.reason = 6;
  });
  said("ocsp_unknown", [](OcspAnswer& a) { a.status = unknown; });
  said("ocsp_expired", [](OcspAnswer& a) { a.next_update = kTestNow - std::chrono::minutes(1); });
  said("ocsp_not_yet_valid", [](OcspAnswer& a) {
    a.this_update = kTestNow + hours(1);
    a.next_update = kTestNow + hours(2);
  });
  said("ocsp_no_next_update", [](OcspAnswer& a) { a.next_update.reset(); });
  said("ocsp_missing", [](OcspAnswer& a) { a.serial.push_back(1); });
}

void add_missing_answers(std::vector<Forgery>& out) {
  const std::vector<Forgery> rows{
      gpu("ocsp_missing", beside([](auto& e) { e.ocsp_responses.erase(e.ocsp_responses.begin()); })),
      gpu("ocsp_missing", beside([](auto& e) { e.ocsp_responses.pop_back(); })),
      on("hopper-ppcie-8", "ocsp_missing",
         beside([](auto& e) { e.ocsp_responses.erase(e.ocsp_responses.begin() + 9); })),
  };
  out.insert(out.end(), rows.begin(), rows.end());
}

const Campaign& campaign() {
  static const Campaign made = [] {
    Campaign out{.name = "NVIDIA", .prefixes = {"nvidia_", "rim_", "ocsp_"}, .rows = {}, .unforged = {}};
    add_reports(out.rows);
    add_machines(out.rows);
    add_manifests(out.rows);
    add_answers(out.rows, device_answer);
    add_answers(out.rows, manifest_answer);
    add_missing_answers(out.rows);
    out.unforged = {
        {"nvidia_mode", "of a bundle, whose manifest names the mode: forged_bundle_test.cc"},
        {"nvidia_device_count", "of a bundle, whose manifest names the count: forged_bundle_test.cc"},
    };
    return out;
  }();
  return made;
}

TEST(ForgedNvidia, IsSeenAsWhatItIs) { run(campaign()); }
TEST(ForgedNvidia, BreaksEveryRule) { expect_complete(campaign()); }

}  // namespace
}  // namespace aipg::tee
