// SPDX-License-Identifier: Apache-2.0
// Kinds link_frames, link_control, registration.
#include <algorithm>
#include <cctype>

#include "base/byte_reader.h"
#include "base/hex.h"
#include "cases.h"
#include "codec/base64.h"
#include "link/control.h"
#include "link/frame.h"

namespace aipg::vectors {
namespace {

using link::FrameType;

crypto::Ed25519PrivateKey receipt_key() {
  return crypto::Ed25519PrivateKey::from_seed(Secret32(made_of("receipt seed of worker a")));
}

void add_frames(Cases& cases) {
  Bytes all;
  ByteWriter open;
  open.u8(link::kOpenKindSealed).bytes(ByteView(made_of("job id")).first(16));
  link::write_frame(all, 1, FrameType::open, open.view());
  link::write_frame(all, 1, FrameType::data, as_bytes("sealed bytes"));
  link::write_frame(all, 1, FrameType::end, {});
  link::write_frame(all, 1, FrameType::credit, ByteWriter().u32be(65'536).view());
  link::write_frame(all, 2, FrameType::refuse, as_bytes("worker_key_expired"));
  link::write_frame(all, 0xFFFFFFFF, FrameType::reset, {});
  link::write_frame(all, 3, FrameType::ack, {});
  const std::string file = "link/every_type.json";
  cases.positive(file, "link_frames", "One message with a frame of every type.",
                 Value::Object{{"wire", Value::hex(all)}});
  cases.positive("link/empty_message.json", "link_frames", "A message without frames says nothing.",
                 Value::Object{{"wire", ""}});

  const auto add = [&](const char* name, const char* edit, std::size_t at, std::size_t remove, const Bytes& insert) {
    cases.negative(std::string("link/frame_") + name + ".json", "link_frames", "A message that is refused.", edit,
                   Value::Object{{"wire", edited(file, at, remove, insert)}}, "link_frame");
  };
  const std::size_t data_at = 9 + 17;
  add("type_0", "type 0", 4, 1, {0});
  add("type_8", "type 8", 4, 1, {8});
  add("flags", "a flag", 5, 1, {1});
  add("short_open", "an OPEN of 16 bytes", 8, 1, {16});
  add("empty_data", "a DATA frame without bytes", data_at + 6, 3 + 12, {0, 0, 0});
  add("large_data", "a DATA frame of 65,537 bytes", data_at + 6, 3, {1, 0, 1});
  add("long_reset", "a RESET with a payload", all.size() - 9 - 3, 3, {0, 0, 1});
  add("cut_header", "the last byte of a header is missing", all.size() - 1, 1, {});
  add("cut_payload", "a payload is cut short", data_at + 9 + 5, all.size() - data_at - 14, {});
  Bytes long_code;
  link::write_frame(long_code, 2, FrameType::refuse, Bytes(64, 'a'));
  long_code[8] = 65;
  long_code.push_back('a');
  cases.negative("link/frame_long_code.json", "link_frames", "A message that is refused.", "a REFUSE of 65 bytes",
                 Value::Object{{"wire", Value::hex(long_code)}}, "link_frame");
}

link::Register registration() {
  link::Register out;
  out.keyset = to_bytes(std::string_view("a keyset's exact bytes"));
  out.jws = "a.b.c";
  out.stake_id = "stake-1";
  out.jobs = 16;
  out.models.push_back({"smollm2-135m", {"/v1/chat/completions", "/v1/completions"}, {100'000, 400'000}});
  return out;
}

void add_controls(Cases& cases) {
  const Hash256 keyset = made_of("keyset of worker a");
  const auto add = [&](const char* name, const char* why, const link::Control& message) {
    cases.positive(std::string("link/control_") + name + ".json", "link_control", why,
                   Value::Object{{"text", link::write_control(message)}});
  };
  add("hello", "The gateway speaks first.", link::Hello{made_of("hello")});
  add("register", "The worker registers a keyset, its places, its models and its prices.", registration());
  add("registered", "The gateway accepted.", link::Registered{keyset});
  add("refused", "Or did not.", link::Refused{"attestation_invalid"});
  add("challenge", "Evidence is asked for.",
      link::Challenge{7, keyset, attest::ChallengeKind::nonces, made_of("nonce root")});
  add("evidence", "Evidence follows on stream 0.", link::EvidenceComing{7, keyset, 12'345});
  add("retire", "A keyset's keys are wiped.", link::Retire{keyset});
  add("drain", "No more jobs on this link.", link::Drain{});
  add("receipt", "A receipt whose link was lost before its ACK.", link::LateReceipt{"a.b_-.c"});
  add("receipt_recorded", "The gateway has it.",
      link::ReceiptRecorded{to_array<16>(ByteView(made_of("job id")).first(16))});
}

void add_refused_controls(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, std::string text, const char* code) {
    cases.negative(std::string("link/control_refused_") + name + ".json", "link_control",
                   "A control message that is refused.", edit, Value::Object{{"text", std::move(text)}}, code);
  };
  const auto text_of = [&](const char* name) {
    return cases.input(std::string("link/control_") + name + ".json").at("text").text();
  };
  add("unknown_type", "a type nobody knows", replaced(text_of("drain"), "drain", "configure"), "link_control");
  add("unknown_member", "a member more", replaced(text_of("drain"), "{", R"({"engine":"x",)"), "json_unknown_field");
  add("no_type", "no type", "{}", "link_control");
  add("not_json", "a brace is missing", text_of("drain").substr(1), "json_invalid");
  add("type_twice", "type twice", replaced(text_of("drain"), "{", R"({"type":"drain",)"), "json_duplicate_name");
  add("hello_v2", "version 2", replaced(text_of("hello"), R"("v":1)", R"("v":2)"), "link_control");
  add("hello_short_nonce", "a nonce of 30 bytes", replaced(text_of("hello"), text_of("hello").substr(10, 4), ""),
      "json_wrong_type");
  add("short_keyset", "a keyset id of 31 bytes",
      replaced(text_of("retire"), to_hex(made_of("keyset of worker a")), std::string(62, 'a')), "link_control");
  std::string capital = to_hex(made_of("keyset of worker a"));
  std::ranges::transform(capital, capital.begin(), [](unsigned char c) { return std::toupper(c); });
  add("capital_keyset", "a keyset id in capitals",
      replaced(text_of("retire"), to_hex(made_of("keyset of worker a")), capital), "link_control");
  add("tiers", "another tier", replaced(text_of("register"), "confidential", "standard"), "link_control");
  add("no_jobs", "no place for a job", replaced(text_of("register"), R"("jobs":16)", R"("jobs":0)"), "link_control");
  add("too_many_jobs", "more jobs than a link has streams",
      replaced(text_of("register"), R"("jobs":16)", R"("jobs":1025)"), "json_wrong_type");
  add("no_models", "no model",
      replaced(text_of("register"),
               text_of("register")
                   .substr(text_of("register").find(R"("models":[)") + 10,
                           text_of("register").find(R"(],"stake")") - text_of("register").find(R"("models":[)") - 10),
               ""),
      "link_control");
  add("price_as_number", "a price as a number", replaced(text_of("register"), R"("100000")", "100000"), "link_control");
  add("price_leading_zero", "a price with a leading zero", replaced(text_of("register"), "100000", "0100000"),
      "link_control");
  add("models_not_sorted", "paths exchanged",
      replaced(replaced(text_of("register"), "/v1/completions", "/v1/a"), "chat", "z"), "link_control");
  add("path", "a path outside /v1/", replaced(text_of("register"), "/v1/completions", "/v2/completions"),
      "link_control");
  add("stake", "a space in the stake id", replaced(text_of("register"), "stake-1", "stake 1"), "link_control");
  add("challenge_kind_1", "a kind-1 challenge", replaced(text_of("challenge"), R"("kind":2)", R"("kind":1)"),
      "link_control");
  add("evidence_too_large", "more than 2 MiB", replaced(text_of("evidence"), "12345", "2097153"), "link_control");
  add("evidence_of_nothing", "0 bytes", replaced(text_of("evidence"), "12345", "0"), "link_control");
  add("receipt_empty", "no receipt", replaced(text_of("receipt"), "a.b_-.c", ""), "link_control");
  add("receipt_space", "a space in the receipt", replaced(text_of("receipt"), "a.b", "a. b"), "link_control");
  add("receipt_too_large", "8,193 bytes", replaced(text_of("receipt"), "a.b_-.c", std::string(8193, 'a')),
      "json_wrong_type");
  add("recorded_short_job", "a job id of 13 bytes",
      replaced(text_of("receipt_recorded"), text_of("receipt_recorded").substr(8, 4), ""), "json_wrong_type");
  add("capital_code", "a capital letter in a code", replaced(text_of("refused"), "attestation_i", "Attestation_i"),
      "link_control");
}

std::string signed_token(std::string_view header, std::string_view claims) {
  std::string out = codec::to_base64url(as_bytes(header)) + "." + codec::to_base64url(as_bytes(claims));
  return out + "." + codec::to_base64url(receipt_key().sign(as_bytes(out)));
}

void add_registrations(Cases& cases) {
  const link::RegistrationClaims claims{made_of("keyset of worker a"), "worker-a", "stake-1", made_of("exporter"),
                                        made_of("hello")};
  const std::string good = link::sign_registration(claims, receipt_key());
  const Value key = Value::hex(receipt_key().public_key());
  cases.positive(
      "link/registration.json", "registration", "A registration token, and the same signed again.",
      Value::Object{{"jws", good}, {"receipt_key", key}, {"receipt_seed", hex_of("receipt seed of worker a")}});
  const auto add = [&](const char* name, const char* edit, std::string jws, const char* code) {
    cases.negative(std::string("link/registration_") + name + ".json", "registration",
                   "A registration token that is refused.", edit,
                   Value::Object{{"jws", std::move(jws)}, {"receipt_key", key}}, code);
  };
  constexpr std::string_view kHeader = R"({"alg":"Ed25519","typ":"aipg-register+jwt"})";
  const std::size_t first = good.find('.');
  const std::string text = to_text(*codec::from_base64url(good.substr(first + 1, good.rfind('.') - first - 1)));
  add("as_receipt", "the header of a receipt, signed so",
      signed_token(R"({"alg":"Ed25519","typ":"aipg-receipt+jwt"})", text), "registration_invalid");
  add("unsigned", "no signature", good.substr(0, good.rfind('.')), "registration_invalid");
  std::string flipped = good;
  flipped[first + 3] = good[first + 3] == 'A' ? 'B' : 'A';
  add("flipped", "a character of the claims", flipped, "registration_signature");
  add("extra", "a claim more, signed so", signed_token(kHeader, replaced(text, R"("v":1)", R"("v":1,"w":1)")),
      "registration_invalid");
  add("v_2", "v is 2, signed so", signed_token(kHeader, replaced(text, R"("v":1)", R"("v":2)")),
      "registration_invalid");
  add("not_canonical", "a space in the claims, signed so", signed_token(kHeader, replaced(text, ":", ": ")),
      "registration_invalid");
}

}  // namespace

void add_link_cases(Cases& cases) {
  add_frames(cases);
  add_controls(cases);
  add_refused_controls(cases);
  add_registrations(cases);
}

}  // namespace aipg::vectors
