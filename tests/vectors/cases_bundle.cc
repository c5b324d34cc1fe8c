// SPDX-License-Identifier: Apache-2.0
// Kind bundle: the structure of an evidence bundle. What stands in it is made
// up; whether evidence is true is the business of the kind evidence.
#include "attest/bundle.h"
#include "cases.h"
#include "codec/base64.h"

namespace aipg::vectors {
namespace {

Bytes made(std::string_view label) { return to_bytes(made_of(label)); }

attest::Bundle content() {
  attest::Bundle out;
  out.challenge_value = made_of("root");
  out.keyset = made("keyset");
  out.manifest = made("manifest");
  out.quote = made("quote");
  out.devices = {{attest::DeviceArch::hopper, made("report of gpu 0"), {made("leaf of gpu 0"), made("root")}}};
  return out;
}

std::string quoted(ByteView bytes, std::string_view after = {}) {
  return "\"" + codec::to_base64url(bytes) + std::string(after) + "\"";
}

std::string text_of(attest::Bundle bundle) { return to_text(attest::make_bundle(std::move(bundle)).bytes); }

std::string over_an_epoch() {
  attest::Bundle out = content();
  out.challenge_kind = attest::ChallengeKind::epoch;
  out.epoch = made("epoch");
  return text_of(std::move(out));
}

std::string of_snp() {
  attest::Bundle out = content();
  out.cpu_kind = attest::CpuKind::snp;
  out.cpu_chain = {made("VCEK"), made("ASK"), made("ARK")};
  out.devices.clear();
  out.collateral = {made("CRL")};
  return text_of(std::move(out));
}

std::string with_devices(std::size_t n) {
  attest::Bundle out = content();
  out.devices.resize(n, out.devices.front());
  return text_of(std::move(out));
}

std::string with_certificates(std::size_t n) {
  attest::Bundle out = content();
  out.devices.front().chain.resize(n, made("leaf"));
  return text_of(std::move(out));
}

void add_refused(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, std::string document, const char* code) {
    cases.negative(std::string("bundle/") + name + ".json", "bundle", "A bundle that is refused.", edit,
                   Value::Object{{"document", std::move(document)}}, code);
  };
  const std::string good = text_of(content()), snp = of_snp(), epoch = over_an_epoch();
  add("version_2", "another version", replaced(good, "aipg.evidence.v1", "aipg.evidence.v2"), "bundle_version");
  add("kind_3", "a kind of challenge that does not exist", replaced(good, R"("kind":2)", R"("kind":3)"),
      "bundle_challenge");
  add("epoch_without_document", "kind 1 without its document", replaced(good, R"("kind":2)", R"("kind":1)"),
      "json_missing_field");
  add("nonces_with_document", "kind 2 with a document", replaced(epoch, R"("kind":1)", R"("kind":2)"),
      "json_unknown_field");
  add("value_of_31_bytes", "a challenge value of 31 bytes",
      replaced(good, quoted(made_of("root")), quoted(ByteView(made_of("root")).first(31))), "json_wrong_type");
  add("cpu_unknown", "a kind of CPU that does not exist", replaced(good, R"("kind":"tdx")", R"("kind":"cca")"),
      "bundle_cpu");
  add("tdx_with_report", "a TDX machine with a report", replaced(good, R"("quote":)", R"("report":)"),
      "json_missing_field");
  add("snp_without_chain", "an SEV-SNP machine whose chain is empty",
      replaced(snp, R"("chain":[)" + quoted(made("VCEK")) + "," + quoted(made("ASK")) + "," + quoted(made("ARK")) + "]",
               R"("chain":[])"),
      "bundle_cpu");
  add("arch_unknown", "an architecture that does not exist", replaced(good, "hopper", "ampere"), "bundle_device");
  add("certificates_9", "nine certificates of one device", with_certificates(9), "bundle_device");
  add("devices_17", "seventeen devices", with_devices(17), "bundle_device");
  add("certificate_empty", "an empty certificate", replaced(good, quoted(made("leaf of gpu 0")), "\"\""),
      "bundle_device");
  add("collateral_empty", "collateral without a file", replaced(snp, quoted(made("CRL")), ""), "bundle_collateral");
  add("padded", "base64 padding", replaced(good, quoted(made("quote")), quoted(made("quote"), "=")), "json_wrong_type");
  add("unknown_member", "a member extra", replaced(good, R"("devices":)", R"("extra":1,"devices":)"),
      "json_unknown_field");
  add("twice", "v twice", replaced(good, R"("v":)", R"("v":"aipg.evidence.v1","v":)"), "json_duplicate_name");
  add("no_keyset", "no keyset", replaced(good, R"("keyset":)" + quoted(made("keyset")) + ",", ""),
      "json_missing_field");
  add("cut", "the last brace is missing", good.substr(0, good.size() - 1), "json_invalid");
}

}  // namespace

void add_bundle_cases(Cases& cases) {
  const auto good = [&](const char* name, const char* why, std::string document) {
    cases.positive(std::string("bundle/") + name + ".json", "bundle", why,
                   Value::Object{{"document", std::move(document)}});
  };
  good("tdx_one_gpu", "A TDX machine with one GPU, over nonces; the negatives edit it.", text_of(content()));
  good("snp", "An SEV-SNP machine without devices, with a vendor's file.", of_snp());
  good("epoch", "Over an epoch, whose signed document it brings.", over_an_epoch());
  good("devices_16", "As many devices as there may be.", with_devices(16));
  good("certificates_8", "As many certificates as one device may have.", with_certificates(8));
  good("ext_and_spaces", "Not canonical, and with a member that is skipped: its bytes are not signed.",
       replaced(replaced(text_of(content()), R"("devices":)", R"("ext":{"a":null},"devices":)"), ":", " : "));
  add_refused(cases);
}

}  // namespace aipg::vectors
