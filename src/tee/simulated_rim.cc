// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_rim.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/der.h"
#include "codec/json.h"
#include "codec/xml_c14n.h"
#include "tee/simulated_names.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;
using crypto::Curve;
using crypto::EcPrivateKey;

constexpr std::string_view kEnd = "</SoftwareIdentity>";
constexpr std::uint32_t kIndexes = 64, kSwitchIndexes = 31;
constexpr unsigned kDigitalSignature = 1U << 0, kKeyCertSign = 1U << 5, kCrlSign = 1U << 6;
constexpr milliseconds kDay{24LL * 3600 * 1000};
constexpr milliseconds kSignerLife = 2 * 365 * kDay, kCaLife = 10 * 365 * kDay;

// A document of ours that our reader does not take is a bug of ours.
codec::xml::Document parsed(std::string_view text) {
  auto document = codec::xml::parse(text);
  if (!document) __builtin_trap();
  return *std::move(document);
}

// Where to ask whether a certificate was revoked.
crypto::Extension authority_information() {
  const Bytes url = der::element(der::context(6), as_bytes("http://ocsp.simulated.invalid"));
  return {der::oid_content("1.3.6.1.5.5.7.1.1"), false,
          der::sequence({der::sequence({der::oid("1.3.6.1.5.5.7.48.1"), url})})};
}

crypto::CertificateTemplate certificate(std::string_view name, std::uint8_t serial, Instant now, milliseconds life) {
  crypto::CertificateTemplate out;
  out.subject_cn = std::string(name);
  out.serial = {serial};
  out.not_before = now - kDay;
  out.not_after = now + life;
  out.ca = true;
  out.key_usage = kKeyCertSign | kCrlSign;
  if (serial != 1) out.extra = {authority_information()};
  return out;
}

RimTemplates templates(Instant now) {
  RimTemplates out{certificate("SIMULATED HCC RIM L4 Signer", 4, now, kSignerLife),
                   certificate("SIMULATED NVIDIA Reference Value L3 GH100 001", 3, now, kCaLife),
                   certificate("SIMULATED NVIDIA Reference Value GH100 CA", 2, now, kCaLife),
                   certificate("SIMULATED NVIDIA CoRIM signing Root CA", 1, now, kCaLife)};
  out[0].ca = false;
  out[0].key_usage = kDigitalSignature;
  out[1].path_length = 0;
  return out;
}

// --- content ------------------------------------------------------------------------

RimContent content(std::string_view version, const std::function<bool(std::uint32_t)>& is_active) {
  RimContent out;
  out.version = version;
  for (std::uint32_t i = 0; i < kIndexes; ++i) {
    const bool active = is_active(i);
    out.values.push_back({i, active, {active ? simulated_measurement("GPU " + std::to_string(i)) : crypto::Hash384{}}});
  }
  return out;
}

std::string resource(const GoldenValue& value) {
  const std::string index = std::to_string(value.index);
  std::string out = R"(        <ns0:Resource type="Measurement" index=")" + index + R"(" active=")";
  out += value.active ? "True" : "False";
  out += R"(" alternatives=")" + std::to_string(value.alternatives.size()) + "\"";
  for (std::size_t i = 0; i < value.alternatives.size(); ++i) {
    out += " ns2:Hash" + std::to_string(i) + "=\"" + to_hex(value.alternatives[i]) + "\"";
  }
  return out + R"( name="Measurement_)" + index + "\" size=\"48\"/>\n";
}

std::string meta(const RimContent& content) {
  return R"(    <ns0:Meta xmlns:ns1="https://trustedcomputinggroup.org/resource/)"
         R"(tcg-reference-integrity-manifest-rim-information-model/" colloquialVersion=")" +
         content.version + R"(" edition=")" + content.edition + R"(" product=")" + content.product +
         R"(" revision="r1" PayloadType="direct" ns1:BindingSpec="RIMIM" ns1:BindingSpecVersion="1.01")"
         R"( ns1:PlatformManufacturerId="5703" ns1:PlatformManufacturerStr="SIMULATED NVIDIA" ns1:PlatformModel=")" +
         content.product + R"(" ns1:FirmwareManufacturer="SIMULATED NVIDIA" ns1:FirmwareManufacturerId="5703"/>)" +
         "\n";
}

// Everything but the signature, end tag included.
std::string body_of(const RimContent& content) {
  const std::string tag = to_hex(simulated_measurement("RIM " + content.product + " " + content.version));
  std::string out = R"(<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd")"
                    R"( xmlns:ns0="http://standards.iso.org/iso/19770/-2/2015/schema.xsd")"
                    R"( xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384" corpus="false" name=")" +
                    content.product + R"(" patch="false" supplemental="false" tagId=")" + tag +
                    "\" version=\"1.0\" tagVersion=\"0\">\n";
  out += "    <ns0:Entity name=\"SIMULATED NVIDIA\" role=\"softwareCreator tagCreator\"/>\n" + meta(content);
  out += "    <ns0:Payload xmlns:SHA384=\"http://www.w3.org/2001/04/xmlenc#sha384\">\n";
  for (const GoldenValue& value : content.values) out += resource(value);
  return out + "    </ns0:Payload>\n" + std::string(kEnd);
}

// --- signature ----------------------------------------------------------------------

std::string signed_info(const std::string& body) {
  const std::string digested = codec::xml::canonical_text(parsed(body).root());
  return R"(<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>)"
         R"(<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"/>)"
         R"(<ds:Reference URI=""><ds:Transforms>)"
         R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
         R"(<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"/></ds:Transforms>)"
         R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/><ds:DigestValue>)" +
         codec::to_base64(crypto::sha384(as_bytes(digested))) + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
}

std::string in_lines(ByteView bytes) {
  constexpr std::size_t kLine = 64;
  const std::string encoded = codec::to_base64(bytes);
  std::string out;
  for (std::size_t i = 0; i < encoded.size(); i += kLine) out += encoded.substr(i, kLine) + "\n";
  return out;
}

std::string signature_element(const std::string& info, const std::string& value, const std::vector<Bytes>& chain) {
  std::string out = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" + info + "<ds:SignatureValue>" +
                    value + "</ds:SignatureValue><ds:KeyInfo><ds:X509Data>";
  for (const Bytes& each : chain) out += "<ds:X509Certificate>" + in_lines(each) + "</ds:X509Certificate>";
  return out + "</ds:X509Data></ds:KeyInfo></ds:Signature>";
}

std::string enclose(const std::string& body, const std::string& signature) {
  std::string out = body;
  return out.insert(out.rfind(kEnd), signature);
}

// As it stands in the whole document, with the namespaces that are in scope there.
std::string canonical_signed_info(const std::string& whole) {
  const codec::xml::Document document = parsed(whole);
  std::optional<codec::xml::Node> at = document.root();
  while (at && at->name().local != "SignedInfo") at = at->next_in_document();
  if (!at) __builtin_trap();
  return codec::xml::canonical_text(*at);
}

}  // namespace

SimulatedRimPki make_rim_pki(Instant now, const std::function<void(RimTemplates&)>& edit, Curve signer) {
  RimTemplates what = templates(now);
  if (edit) edit(what);
  std::vector<EcPrivateKey> keys;
  for (std::size_t i = 0; i < what.size(); ++i) keys.push_back(EcPrivateKey::generate(i == 0 ? signer : Curve::p384));
  std::vector<Bytes> chain;
  for (std::size_t i = 0; i < what.size(); ++i) {
    const std::size_t issuer = std::min(i + 1, what.size() - 1);
    chain.push_back(
        crypto::issue_certificate(what.at(i), keys[i].public_key(), what.at(issuer).subject_cn, keys[issuer]));
  }
  std::vector<SimulatedResponder> responders;
  for (std::size_t i = 1; i < what.size(); ++i) {
    responders.push_back(make_lasting_responder(what.at(i).subject_cn, keys[i], now));
  }
  return {std::move(chain), std::move(keys[0]), std::move(responders)};
}

std::vector<Bytes> make_rim_revocation_answers(const SimulatedRimPki& pki, Instant now, const OcspEdit& edit) {
  return make_answers(pki.responders, pki.chain, 0, now, edit);
}

RimContent driver_rim(std::string_view version) {
  return content(version, [](std::uint32_t i) { return i == 7 || (i >= 21 && i <= 40); });
}

RimContent vbios_rim(std::string_view version) {
  return content(version, [](std::uint32_t i) { return i <= 12 && i != 7; });
}

RimContent switch_rim(std::string_view version) {
  RimContent out = content(version, [](std::uint32_t i) { return i < kSwitchIndexes; });
  out.product = "LS10";
  out.edition = "SWITCH";
  return out;
}

std::string make_rim(const RimContent& content, const SimulatedRimPki& pki, const RimEdits& edits) {
  std::string body = body_of(content);
  if (edits.body) edits.body(body);
  std::string info = signed_info(body);
  if (edits.signed_info) edits.signed_info(info);
  const std::string unsigned_yet = enclose(body, signature_element(info, "", pki.chain));
  const Bytes value = pki.key.sign(as_bytes(canonical_signed_info(unsigned_yet)));
  std::string signature = signature_element(info, codec::to_base64(value), pki.chain);
  if (edits.signature) edits.signature(signature);
  return enclose(body, signature);
}

std::string make_rim_answer(std::string_view id, std::string_view xml) {
  return R"({"id":)" + codec::json::quote(id) + R"(,"rim":")" + codec::to_base64(as_bytes(xml)) + R"(","sha256":")" +
         to_hex(crypto::sha256(as_bytes(xml))) + R"("})";
}

}  // namespace aipg::tee
