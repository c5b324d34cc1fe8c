// SPDX-License-Identifier: Apache-2.0
// Kind exchange: an attestation, and whether a question and an answer belong
// to it. All cases have the evidence of the first; what differs is signed by
// the keyset's own receipt key, but where the edit says otherwise.
#include "attest/attestation.h"
#include "cases.h"
#include "codec/base64.h"
#include "seal/keys.h"
#include "tee/test_machine.h"

namespace aipg::vectors {
namespace {

constexpr std::string_view kQuestion = R"({"model":"test-model","messages":[{"role":"user","content":"Where?"}]})";
constexpr std::string_view kAnswer = R"({"choices":[{"message":{"content":"Paris."}}]})";
const std::string kWhole = "exchange/whole.json";

crypto::Ed25519PrivateKey receipt_key(std::string_view of) {
  return crypto::Ed25519PrivateKey::from_seed(Secret32(made_of("receipt seed of " + std::string(of))));
}

seal::Receipt good_receipt(const Hash256& keyset_id, const Hash256& workload, Instant issued) {
  seal::Receipt out;
  out.job_id = to_array<16>(ByteView(made_of("job id")).first(16));
  out.request_id = to_array<16>(ByteView(made_of("request id")).first(16));
  out.keyset_id = keyset_id;
  out.workload_hash = workload;
  out.model = "test-model";
  out.request_hash = made_of("request");
  out.response_hash = made_of("response");
  out.response_chunks = 3;
  out.question = seal::question_digest(made_of("request salt"), as_bytes(kQuestion));
  out.answer = seal::answer_digest(made_of("response salt"), 200, as_bytes(kAnswer));
  out.tokens_in = 32;
  out.tokens_out = 64;
  out.issued = issued;
  out.duration_ms = 1'200;
  return out;
}

// A machine without devices, and one exchange with it.
Value whole_input() {
  tee::TestMachine machine;
  machine.keyset = attest::make_keyset("w-01", machine.now, machine.now + std::chrono::minutes(60),
                                       {{1, to_bytes(made_of("public key"))}}, receipt_key("the worker").public_key());
  attest::Manifest content = tee::TestMachine::good_manifest();
  content.device_arch = "none";
  content.device_count = 0;
  content.device_mode = attest::DeviceMode::none;
  machine.use(content);
  machine.gpus.clear();
  machine.edit_collateral = [](std::vector<Bytes>& files) { files.clear(); };
  const seal::Receipt receipt =
      good_receipt(machine.keyset.id, machine.manifest.hash, machine.now + std::chrono::minutes(5));
  const attest::Attestation attestation{machine.bundle().bytes, *machine.freshness,
                                        seal::sign_receipt(receipt, receipt_key("the worker")), made_of("request salt"),
                                        made_of("response salt")};
  return Value::Object{
      {"attestation", attest::write_attestation(attestation)},
      {"policy", Value::Object{{"intel_roots", Value::Array{Value::hex(machine.pki.roots().intel.front())}},
                               {"nvidia_device_roots", Value::Array{}},
                               {"require_pq", false},
                               {"releases", Value::Array{Value::Object{
                                                {"name", "an image"},
                                                {"workload_hash", Value::hex(machine.manifest.hash)},
                                                {"mrtd", Value::hex(machine.boot.mrtd)},
                                                {"rtmr0", Value::hex(machine.boot.rtmr0)},
                                                {"rtmr1", Value::hex(machine.boot.rtmr1)},
                                                {"rtmr2", Value::hex(machine.boot.rtmr2)},
                                            }}}}},
      {"question", kQuestion},
      {"status", std::uint64_t{200}},
      {"answer", kAnswer}};
}

class ExchangeCases {
 public:
  explicit ExchangeCases(Cases& cases) : cases_(cases), whole_(cases.input(kWhole)) {}

  [[nodiscard]] attest::Attestation attestation() const {
    return *attest::parse_attestation(whole_.at("attestation").text());
  }
  void good(const char* name, const char* why, Value input) {
    cases_.positive(file(name), "exchange", why, std::move(input));
  }
  void bad(const char* name, const char* edit, Value input, const char* code) {
    cases_.negative(file(name), "exchange", "An attestation that does not hold.", edit, std::move(input), code);
  }
  // The whole exchange with another text.
  [[nodiscard]] Value with(std::string_view member, Value value) const {
    Value out = whole_;
    out.set(member, std::move(value));
    return out;
  }
  void bad_text(const char* name, const char* edit, std::string text, const char* code) {
    bad(name, edit, with("attestation", std::move(text)), code);
  }
  void bad_receipt(const char* name, const char* edit, const std::function<void(seal::Receipt&)>& change,
                   const char* code, std::string_view signer = "the worker") {
    attest::Attestation out = attestation();
    seal::Receipt receipt = *seal::parse_receipt(out.receipt);
    change(receipt);
    out.receipt = seal::sign_receipt(receipt, receipt_key(signer));
    bad_text(name, edit, attest::write_attestation(out), code);
  }
  // Question or answer left out.
  [[nodiscard]] Value without(std::string_view member) const {
    Value out = Value::Object{};
    for (const std::string& name : whole_.names()) {
      if (name != member) out.set(name, whole_.at(name));
    }
    return out;
  }

 private:
  static std::string file(const char* name) { return std::string("exchange/") + name + ".json"; }

  Cases& cases_;
  Value whole_;
};

void add_receipts(ExchangeCases& cases) {
  cases.bad_receipt(
      "receipt_other_key", "another key signed the receipt", [](auto&) {}, "receipt_signature", "another worker");
  cases.bad_receipt(
      "receipt_other_keyset", "the receipt names another keyset",
      [](seal::Receipt& r) { r.keyset_id = made_of("another keyset"); }, "receipt_keyset");
  cases.bad_receipt(
      "receipt_other_workload", "the receipt names another workload",
      [](seal::Receipt& r) { r.workload_hash = made_of("another workload"); }, "receipt_workload");
  cases.bad_receipt(
      "receipt_too_late", "the request was taken an hour after the keyset ended",
      [](seal::Receipt& r) { r.issued = r.issued + std::chrono::hours(2); }, "keyset_expired, receipt_window");
  cases.bad_receipt(
      "other_question_in_receipt", "the receipt is of another question", [](seal::Receipt& r) { r.question[0] ^= 1; },
      "question_bound");
  cases.bad_receipt(
      "other_answer_in_receipt", "the receipt is of another answer", [](seal::Receipt& r) { r.answer[0] ^= 1; },
      "answer_bound");
}

void add_bodies(ExchangeCases& cases) {
  cases.good("answer_not_given", "Evidence valid, answer not bound.", cases.without("answer"));
  cases.good("question_not_given", "The answer is bound, the question is not.", cases.without("question"));
  cases.bad("other_question", "a space more in the question", cases.with("question", std::string(kQuestion) + " "),
            "question_bound");
  cases.bad("other_answer", "another word in the answer",
            cases.with("answer", replaced(std::string(kAnswer), "Paris", "Rome")), "answer_bound");
  cases.bad("other_status", "the answer's status is 500", cases.with("status", std::uint64_t{500}), "answer_bound");
}

void add_documents(ExchangeCases& cases) {
  const attest::Attestation good = cases.attestation();
  attest::Attestation swapped = good;
  std::swap(swapped.request_salt, swapped.response_salt);
  cases.bad_text("salts_swapped", "the salts are exchanged", attest::write_attestation(swapped),
                 "answer_bound, question_bound");
  const std::string text = attest::write_attestation(good);
  cases.bad_text("version_2", "another version", replaced(text, "aipg.attestation.v1", "aipg.attestation.v2"),
                 "attestation_version");
  cases.bad_text("space", "a space after the first colon", replaced(text, ":", ": "), "not_canonical");
  cases.bad_text("unknown_member", "a member extra", replaced(text, R"("nonce":)", R"("extra":1,"nonce":)"),
                 "json_unknown_field");
  const std::string nonce = R"("nonce":")" + codec::to_base64url(good.freshness->nonce) + R"(",)";
  cases.bad_text("path_without_nonce", "a path without its nonce", replaced(text, nonce, ""), "attestation_freshness");
  const auto with_collateral = [&](std::string_view value) {
    return replaced(text, R"({"disclosure")", R"({"collateral":)" + std::string(value) + R"(,"disclosure")");
  };
  const std::string digest = "\"" + codec::to_base64url(made_of("a file")) + "\"", file = R"("YQ")";
  cases.good("collateral_by_digest", "It names a file that nobody gave: a warning, for the evidence needs none here.",
             cases.with("attestation", with_collateral(R"({"digests":[)" + digest + "]}")));
  cases.bad_text("collateral_both_ways", "collateral by digest and whole",
                 with_collateral(R"({"digests":[)" + digest + R"(],"files":[)" + file + "]}"),
                 "attestation_collateral");
  cases.bad_text("collateral_neither_way", "collateral that is neither", with_collateral("{}"),
                 "attestation_collateral");
  cases.bad_text("collateral_short_digest", "a digest of one byte", with_collateral(R"({"digests":[)" + file + "]}"),
                 "attestation_collateral");
  cases.bad_text("collateral_empty", "no file at all", with_collateral(R"({"files":[]})"), "attestation_collateral");
  cases.bad_text("no_receipt", "no receipt", replaced(text, R"("receipt":")" + good.receipt + R"(",)", ""),
                 "json_missing_field");
  cases.bad_text("receipt_two_parts", "a receipt without its signature",
                 replaced(text, good.receipt, good.receipt.substr(0, good.receipt.rfind('.'))), "receipt_invalid");
}

}  // namespace

void add_exchange_cases(Cases& all) {
  all.recorded(kWhole, "exchange", "Question and answer belong to the attestation; the negatives edit it.", {},
               whole_input, {});
  ExchangeCases cases(all);
  add_receipts(cases);
  add_bodies(cases);
  add_documents(cases);
}

}  // namespace aipg::vectors
