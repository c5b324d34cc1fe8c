// SPDX-License-Identifier: Apache-2.0
// Kinds reference and epoch: what several parties sign.
#include "attest/epoch.h"
#include "attest/reference.h"
#include "cases.h"

namespace aipg::vectors {
namespace {

constexpr std::uint64_t kNoon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
constexpr std::uint64_t kDay = 86'400'000, kMinute = 60'000;

Instant at_ms(std::uint64_t ms) { return {static_cast<std::int64_t>(ms)}; }
crypto::Hash384 measured(std::string_view name) { return crypto::sha384(as_bytes(name)); }

crypto::Ed25519PrivateKey key(std::string_view who) {
  return crypto::Ed25519PrivateKey::from_seed(Secret32(made_of("seed of " + std::string(who))));
}

std::string sign(const attest::DocumentKind& kind, std::string_view document,
                 std::initializer_list<std::string_view> signers) {
  attest::SignedDocument out{to_bytes(document), {}};
  for (std::string_view who : signers) attest::sign_document(kind, key(who), out);
  return to_text(attest::write_signed_document(kind, out));
}

Value public_keys(std::initializer_list<std::string_view> names) {
  Value::Array out;
  for (std::string_view who : names) out.push_back(Value::hex(key(who).public_key()));
  return out;
}

// --- reference values ----------------------------------------------------------------

attest::BootTuple image(std::string_view name) {
  const std::string of(name);
  return {measured("MRTD of " + of), measured("RTMR0 of " + of), measured("RTMR1 of " + of),
          measured("RTMR2 of " + of)};
}

attest::Reference content() {
  attest::Reference out;
  out.version = 7;
  out.issued = at_ms(kNoon);
  out.expires = at_ms(kNoon + 7 * kDay);
  const attest::SnpLaunch launch{measured("SNP launch of good")};
  out.releases = {
      {"good", made_of("workload good"), {image("good"), launch}, {"model-a"}, attest::ReleaseStatus::good, {}},
      {"ending", made_of("workload ending"), {image("ending")}, {}, attest::ReleaseStatus::sunset, at_ms(kNoon + kDay)},
      {"bad", made_of("workload bad"), {image("bad")}, {}, attest::ReleaseStatus::revoked, at_ms(kNoon + kDay)}};
  out.minimum = {at_ms(kNoon - 100 * kDay), 18, at_ms(kNoon - 60 * kDay), at_ms(kNoon - 60 * kDay), 570};
  out.platform_denied = {made_of("a denied machine")};
  out.validators = {{key("validator 1").public_key(), key("validator 2").public_key()}, 2};
  return out;
}

std::string document() { return to_text(attest::make_reference(content()).bytes); }

Value reference_input(std::string envelope, std::uint64_t at = kNoon) {
  return Value::Object{{"envelope", std::move(envelope)},
                       {"release_keys", public_keys({"a", "b", "c"})},
                       {"quorum", std::uint64_t{2}},
                       {"at_ms", at}};
}

Value signed_reference(std::string_view text, std::uint64_t at = kNoon) {
  return reference_input(sign(attest::kReferenceKind, text, {"a", "c"}), at);
}

Value boot_value(const attest::BootTuple& boot) {
  return Value::Object{{"mrtd", Value::hex(boot.mrtd)},
                       {"rtmr0", Value::hex(boot.rtmr0)},
                       {"rtmr1", Value::hex(boot.rtmr1)},
                       {"rtmr2", Value::hex(boot.rtmr2)}};
}

Value asking(Value boot, std::string_view workload, bool pinned, std::uint64_t at,
             std::string_view machine = "a machine") {
  Value out = signed_reference(document(), at);
  out.set("ask", Value::Object{{"boot", std::move(boot)},
                               {"workload_hash", hex_of("workload " + std::string(workload))},
                               {"pinned", pinned},
                               {"platform_id", hex_of(machine)}});
  return out;
}

void add_refused_documents(Cases& cases) {
  const std::string good = document();
  const auto edit = [&](const char* name, const char* what, std::string_view from, std::string_view to,
                        const char* code) {
    cases.negative(std::string("reference/") + name + ".json", "reference",
                   "A document that breaks a rule, though enough keys signed it.", what,
                   signed_reference(replaced(good, from, to)), code);
  };
  edit("format_2", "v is 2", R"("v":1,)", R"("v":2,)", "reference_format");
  edit("eight_days", "a millisecond more than seven days", std::to_string(kNoon + 7 * kDay),
       std::to_string(kNoon + 7 * kDay + 1), "reference_window");
  edit("ends_before", "it expires as it is issued", std::to_string(kNoon + 7 * kDay), std::to_string(kNoon),
       "reference_window");
  edit("driver_569", "a least driver of 569", R"("nvidia_driver":570)", R"("nvidia_driver":569)", "reference_minimum");
  edit("no_majority", "one of two validators is a quorum", R"("quorum":2)", R"("quorum":1)", "reference_validators");
  edit("quorum_too_large", "three of two validators are a quorum", R"("quorum":2)", R"("quorum":3)",
       "reference_validators");
  edit("name_twice", "two releases of one name", R"("name":"ending")", R"("name":"good")", "reference_release");
  edit("status_unknown", "a status that does not exist", R"("status":"good")", R"("status":"fine")",
       "reference_release");
  edit("boot_unknown", "a kind of boot that does not exist", R"("kind":"snp")", R"("kind":"sev")",
       "json_missing_field");
  edit("no_until", "a sunset without its end", ",\"until_ms\":" + std::to_string(kNoon + kDay), "",
       "json_missing_field");
  edit("unknown_member", "a member extra", R"("issued_ms":)", R"("extra":1,"issued_ms":)", "json_unknown_field");
  edit("space", "a space after the first colon", ":", ": ", "not_canonical");
}

void add_refused_signatures(Cases& cases) {
  const std::string good = document();
  const auto add = [&](const char* name, const char* edit, Value input, const char* code) {
    cases.negative(std::string("reference/") + name + ".json", "reference", "Signatures that are not enough.", edit,
                   std::move(input), code);
  };
  const auto by = [&](std::initializer_list<std::string_view> signers) {
    return reference_input(sign(attest::kReferenceKind, good, signers));
  };
  add("one_signature", "only one release key signed", by({"a"}), "document_quorum");
  add("stranger", "the second signature is a stranger's", by({"a", "stranger"}), "document_quorum");
  add("unsigned", "no signature", by({}), "document_signatures");
  add("other_label", "signed as an epoch",
      reference_input(replaced(sign(attest::kEpochKind, good, {"a", "c"}), "aipg.epoch.v1", "aipg.reference.v1")),
      "document_signature");
  add("other_kind", "the envelope says it is an epoch",
      reference_input(replaced(sign(attest::kReferenceKind, good, {"a", "c"}), "aipg.reference.v1", "aipg.epoch.v1")),
      "document_kind");

  attest::SignedDocument twice{to_bytes(good), {}};
  attest::sign_document(attest::kReferenceKind, key("a"), twice);
  twice.signatures.push_back(twice.signatures.front());
  add("key_twice", "one key signed, and its signature stands twice",
      reference_input(to_text(attest::write_signed_document(attest::kReferenceKind, twice))), "document_quorum");

  attest::SignedDocument moved{to_bytes(good), {}};
  attest::sign_document(attest::kReferenceKind, key("a"), moved);
  attest::sign_document(attest::kReferenceKind, key("b"), moved);
  attest::sign_document(attest::kReferenceKind, key("c"), moved);
  moved.signatures[2].signature[0] ^= 1;
  add("third_signature_wrong", "two signatures are good, a bit of the third is flipped",
      reference_input(to_text(attest::write_signed_document(attest::kReferenceKind, moved))), "document_signature");
}

void add_order_and_time(Cases& cases) {
  const auto add = [&](const char* name, const char* edit, Value input, const char* code) {
    cases.negative(std::string("reference/") + name + ".json", "reference",
                   "A good document that this client must not take now.", edit, std::move(input), code);
  };
  const auto seen = [&](std::uint64_t version, Value digest) {
    Value out = signed_reference(document());
    out.set("seen", Value::Object{{"version", version}, {"digest", std::move(digest)}});
    return out;
  };
  cases.positive("reference/seen_before.json", "reference", "The very document that was accepted last.",
                 seen(7, Value::hex(attest::make_reference(content()).digest)));
  add("older", "version 8 was seen", seen(8, hex_of("version 8")), "policy_rollback");
  add("another_of_the_version", "another document of version 7 was seen", seen(7, hex_of("another 7")),
      "policy_rollback");
  cases.positive("reference/last_millisecond.json", "reference", "Its end belongs to its time.",
                 signed_reference(document(), kNoon + 7 * kDay));
  add("expired", "a millisecond later", signed_reference(document(), kNoon + 7 * kDay + 1), "policy_expired");
  add("not_yet", "a millisecond before it was issued", signed_reference(document(), kNoon - 1), "policy_not_yet_valid");
}

void add_questions(Cases& cases) {
  const auto good = [&](const char* name, const char* why, Value input) {
    cases.positive(std::string("reference/") + name + ".json", "reference", why, std::move(input));
  };
  const auto bad = [&](const char* name, const char* edit, Value input, const char* code) {
    cases.negative(std::string("reference/") + name + ".json", "reference",
                   "A pair of image and workload, or a machine, that it does not vouch for.", edit, std::move(input),
                   code);
  };
  const Value image_good = boot_value(image("good"));
  good("pair", "A release's own pair.", asking(image_good, "good", false, kNoon));
  good("pair_snp", "The same workload on the image for SEV-SNP.",
       asking(Value::Object{{"measurement", Value::hex(measured("SNP launch of good"))}}, "good", false, kNoon));
  good("sunset_last_moment", "Good until then, and then is included.",
       asking(boot_value(image("ending")), "ending", false, kNoon + kDay));
  good("before_revocation", "A release is good until the instant of its revocation.",
       asking(boot_value(image("bad")), "bad", false, kNoon + kDay - 1));
  good("pinned_unknown", "A pair that the client pins needs no release.",
       asking(boot_value(image("mine")), "mine", true, kNoon));

  bad("other_workload", "the workload of another release", asking(image_good, "ending", false, kNoon),
      "workload_unbound");
  attest::BootTuple mixed = image("good");
  mixed.rtmr2 = image("ending").rtmr2;
  bad("mixed_image", "RTMR2 of another image", asking(boot_value(mixed), "good", false, kNoon), "workload_unbound");
  bad("unknown_workload", "a workload that nobody published", asking(image_good, "mine", false, kNoon),
      "workload_unbound");
  bad("sunset_over", "a millisecond after the end of its sunset",
      asking(boot_value(image("ending")), "ending", false, kNoon + kDay + 1), "release_over");
  bad("revoked", "from the instant of its revocation", asking(boot_value(image("bad")), "bad", false, kNoon + kDay),
      "release_revoked");
  bad("pinned_revoked", "a pin does not override a revocation",
      asking(boot_value(image("bad")), "bad", true, kNoon + kDay), "release_revoked");
  bad("pinned_workload_revoked", "pinned on an image of one's own, but the workload is revoked everywhere",
      asking(boot_value(image("mine")), "bad", true, kNoon + kDay), "release_revoked");
  bad("machine_denied", "a machine on the list", asking(image_good, "good", false, kNoon, "a denied machine"),
      "platform_denied");
}

// --- epochs ----------------------------------------------------------------------------

std::string epoch_document() {
  attest::Epoch epoch;
  epoch.epoch = 4'711;
  epoch.start = at_ms(kNoon);
  epoch.chain = "test-chain";
  epoch.block = 123'456;
  epoch.block_hash = made_of("block");
  return to_text(attest::make_epoch(std::move(epoch)).bytes);
}

Value epoch_input(std::string envelope, std::uint64_t at = kNoon) {
  return Value::Object{{"envelope", std::move(envelope)},
                       {"validators", public_keys({"validator 1", "validator 2", "validator 3"})},
                       {"quorum", std::uint64_t{2}},
                       {"at_ms", at}};
}

Value signed_epoch(std::string_view text, std::uint64_t at = kNoon) {
  return epoch_input(sign(attest::kEpochKind, text, {"validator 1", "validator 3"}), at);
}

}  // namespace

void add_reference_cases(Cases& cases) {
  cases.positive("reference/good.json", "reference", "Signed by two of three release keys; the negatives edit it.",
                 signed_reference(document()));
  cases.positive("reference/three_and_a_stranger.json", "reference",
                 "All three keys signed, and one that the reader does not know, which is ignored.",
                 reference_input(sign(attest::kReferenceKind, document(), {"a", "stranger", "b", "c"})));
  cases.positive("reference/ext.json", "reference", "What stands under ext is skipped, and signed.",
                 signed_reference(replaced(document(), R"("issued_ms":)", R"("ext":{"a":[1]},"issued_ms":)")));
  add_refused_documents(cases);
  add_refused_signatures(cases);
  add_order_and_time(cases);
  add_questions(cases);
}

void add_epoch_cases(Cases& cases) {
  const std::string good = epoch_document();
  const auto add = [&](const char* name, const char* edit, Value input, const char* code) {
    cases.negative(std::string("epoch/") + name + ".json", "epoch", "An epoch that proves no freshness.", edit,
                   std::move(input), code);
  };
  cases.positive("epoch/good.json", "epoch", "Two of three validators; its hash is a challenge's value.",
                 signed_epoch(good));
  cases.positive("epoch/ten_minutes.json", "epoch", "Ten minutes old is young enough.",
                 signed_epoch(good, kNoon + 10 * kMinute));
  add("stale", "a millisecond older", signed_epoch(good, kNoon + 10 * kMinute + 1), "epoch_stale");
  add("not_begun", "a millisecond before its start", signed_epoch(good, kNoon - 1), "epoch_not_yet_valid");
  add("one_validator", "one validator signed", epoch_input(sign(attest::kEpochKind, good, {"validator 1"})),
      "document_quorum");
  add("as_reference", "signed under the label of reference values",
      epoch_input(replaced(sign(attest::kReferenceKind, good, {"validator 1", "validator 3"}), "aipg.reference.v1",
                           "aipg.epoch.v1")),
      "document_signature");
  add("format_2", "v is 2", signed_epoch(replaced(good, R"("v":1)", R"("v":2)")), "epoch_format");
  add("chain_capital", "a capital letter in chain", signed_epoch(replaced(good, "test-chain", "Test-chain")),
      "epoch_format");
  add("ext", "a member ext, which this document has not",
      signed_epoch(replaced(good, R"("start_ms":)", R"("ext":1,"start_ms":)")), "json_unknown_field");
}

}  // namespace aipg::vectors
