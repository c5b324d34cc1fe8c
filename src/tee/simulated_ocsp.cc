// SPDX-License-Identifier: Apache-2.0
#include "tee/simulated_ocsp.h"

#include "codec/der.h"
#include "crypto/certificate_writer.h"
#include "crypto/digest.h"
#include "crypto/ocsp.h"
#include "crypto/random.h"

namespace aipg::tee {
namespace {

namespace der = codec::der;
using crypto::Curve;
using crypto::Extension;

constexpr milliseconds kHour{3600LL * 1000};
constexpr milliseconds kDay = 24 * kHour;
constexpr Instant kForGood{253'402'300'799'000};  // 9999-12-31T23:59:59Z
const Bytes kNull = der::element(der::kNull, {});

Bytes time(Instant at) {
  std::string digits;
  for (char c : to_text(at)) {
    if ('0' <= c && c <= '9') digits += c;
  }
  return der::element(der::kGeneralizedTime, as_bytes(digits + 'Z'));
}

Bytes extension(const Extension& one) {
  return der::sequence(
      {der::element(der::kOid, one.oid), one.critical ? der::boolean(true) : Bytes(), der::octet_string(one.value)});
}

// [n] EXPLICIT Extensions; nothing when there are none.
Bytes extensions(const std::vector<Extension>& list, std::uint8_t n) {
  if (list.empty()) return {};
  Bytes content;
  for (const Extension& one : list) append(content, extension(one));
  return der::constructed(der::context_constructed(n), {der::element(der::kSequence, content)});
}

Extension purposes(const ResponderContent& content) {
  Bytes list;
  for (const std::string& purpose : content.purposes) append(list, der::oid(purpose));
  return {der::oid_content("2.5.29.37"), content.purposes_critical, der::element(der::kSequence, list)};
}

Bytes status(const OcspAnswer& answer) {
  if (answer.status == SimulatedOcspStatus::good) return der::element(der::context(0), {});
  if (answer.status == SimulatedOcspStatus::unknown) return der::element(der::context(2), {});
  Bytes reason;
  if (answer.reason) {
    const ByteArray<1> value{static_cast<std::uint8_t>(*answer.reason)};
    reason = der::constructed(der::context_constructed(0), {der::element(der::kEnumerated, value)});
  }
  return der::constructed(der::context_constructed(1), {time(answer.revoked_at), reason});
}

Bytes single_response(const OcspAnswer& answer) {
  const Bytes id =
      der::sequence({der::sequence({der::oid(answer.hash_oid), kNull}), der::octet_string(answer.issuer_name_hash),
                     der::octet_string(answer.issuer_key_hash), der::unsigned_integer(answer.serial)});
  Bytes next;
  if (answer.next_update) next = der::constructed(der::context_constructed(0), {time(*answer.next_update)});
  return der::sequence({id, status(answer), time(answer.this_update), next, extensions(answer.extensions, 1)});
}

Bytes responder_id(const OcspContent& content, const crypto::Certificate& signer) {
  if (content.responder_name) return der::constructed(der::context_constructed(1), {*content.responder_name});
  const Bytes hash = content.responder_key_hash.value_or(crypto::ocsp_key_hash(signer));
  return der::constructed(der::context_constructed(2), {der::octet_string(hash)});
}

Bytes response_data(const OcspContent& content, const crypto::Certificate& signer) {
  Bytes answers;
  for (const OcspAnswer& answer : content.answers) append(answers, single_response(answer));
  std::vector<Extension> list = content.extensions;
  if (content.nonce) {
    list.push_back({der::oid_content("1.3.6.1.5.5.7.48.1.2"), false, der::octet_string(*content.nonce)});
  }
  return der::sequence({responder_id(content, signer), time(content.produced_at), der::element(der::kSequence, answers),
                        extensions(list, 1)});
}

Bytes der_signature(ByteView rs) {
  const std::size_t width = rs.size() / 2;
  return der::sequence({der::unsigned_integer(rs.first(width)), der::unsigned_integer(rs.subspan(width))});
}

Bytes carried(const std::vector<Bytes>& certificates) {
  if (certificates.empty()) return {};
  Bytes list;
  for (const Bytes& one : certificates) append(list, one);
  return der::constructed(der::context_constructed(0), {der::element(der::kSequence, list)});
}

Bytes point_of(const crypto::Certificate& certificate) {
  Bytes out{0x04};
  append(out, certificate.ec_key()->xy());
  return out;
}

}  // namespace

ResponderContent responder_at(Instant now) {
  ResponderContent out;
  out.not_before = now - kDay;
  out.not_after = now + 3 * 365 * kDay;
  return out;
}

SimulatedResponder make_responder(const ResponderContent& content, const std::string& issuer_cn,
                                  const crypto::EcPrivateKey& issuer_key) {
  crypto::CertificateTemplate what;
  what.subject_cn = content.name;
  what.serial = to_bytes(crypto::SystemRng().array<16>());
  what.serial[0] = 0x40;
  what.not_before = content.not_before;
  what.not_after = content.not_after;
  what.ca = content.ca;
  what.key_usage = content.key_usage;
  if (!content.purposes.empty()) what.extra.push_back(purposes(content));
  if (content.no_check) what.extra.push_back({der::oid_content(ResponderContent::kNoCheckPurpose), false, kNull});
  what.extra.insert(what.extra.end(), content.extra.begin(), content.extra.end());
  crypto::EcPrivateKey key = crypto::EcPrivateKey::generate(content.curve);
  Bytes certificate = crypto::issue_certificate(what, key.public_key(), issuer_cn, issuer_key);
  return {std::move(certificate), std::move(key)};
}

SimulatedResponder make_lasting_responder(std::string_view authority, const crypto::EcPrivateKey& key, Instant now) {
  ResponderContent content = responder_at(now);
  content.name += " of " + std::string(authority);
  content.not_after = kForGood;
  return make_responder(content, std::string(authority), key);
}

OcspAnswer answer_about(const crypto::Certificate& subject, const crypto::Certificate& issuer, Instant now) {
  OcspAnswer out;
  out.issuer_name_hash = to_bytes(crypto::sha384(issuer.subject()));
  out.issuer_key_hash = to_bytes(crypto::sha384(point_of(issuer)));
  out.serial = subject.serial();
  out.revoked_at = now - kDay;
  out.this_update = now - kHour;
  out.next_update = out.this_update + kDay;
  return out;
}

OcspContent content_of(OcspAnswer answer, const SimulatedResponder& responder) {
  OcspContent out;
  out.produced_at = answer.this_update;
  out.answers = {std::move(answer)};
  out.certificates = {responder.certificate};
  return out;
}

Bytes make_ocsp_response(const OcspContent& content, const crypto::Certificate& signer,
                         const crypto::EcPrivateKey& key) {
  const ByteArray<1> number{content.response_status};
  const Bytes status = der::element(der::kEnumerated, number);
  if (content.response_status != 0) return der::sequence({status});
  const Bytes data = response_data(content, signer);
  const bool p384 = key.public_key().curve() == Curve::p384;
  const Bytes algorithm = der::sequence({der::oid(p384 ? "1.2.840.10045.4.3.3" : "1.2.840.10045.4.3.2")});
  const Bytes signature = content.signature ? *content.signature : key.sign(data);
  const Bytes basic =
      der::sequence({data, algorithm, der::bit_string(der_signature(signature)), carried(content.certificates)});
  const Bytes bytes = der::sequence({der::oid(content.response_type), der::octet_string(basic)});
  return der::sequence({status, der::constructed(der::context_constructed(0), {bytes})});
}

Bytes make_ocsp_response(const OcspContent& content, const SimulatedResponder& responder) {
  const auto certificate = crypto::Certificate::parse(responder.certificate);
  if (!certificate) __builtin_trap();
  return make_ocsp_response(content, *certificate, responder.key);
}

std::vector<Bytes> make_answers(std::span<const SimulatedResponder> responders, const std::vector<Bytes>& chain,
                                std::size_t first, Instant now, const OcspEdit& edit) {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < responders.size(); ++i) {
    const std::size_t position = first + i;
    const auto subject = crypto::Certificate::parse(chain.at(position));
    const auto issuer = crypto::Certificate::parse(chain.at(position + 1));
    if (!subject || !issuer) __builtin_trap();
    OcspAnswer answer = answer_about(*subject, *issuer, now);
    if (edit) edit(position, answer);
    out.push_back(make_ocsp_response(content_of(std::move(answer), responders[i]), responders[i]));
  }
  return out;
}

}  // namespace aipg::tee
