// SPDX-License-Identifier: Apache-2.0
// Registrations of what is not one's own, or not of this link, or of no form.
#include "against_gateway.h"
#include "codec/base64.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kClaims = "claims: the keyset, worker, stake, this link's exporter, this hello's nonce";
constexpr std::string_view kKeyset = "a keyset of at most 65 minutes, canonical, of known suites, whose time it is";
constexpr std::string_view kJws = "a compact JWS with a constant header, by the keyset's receipt key";
constexpr milliseconds kMinute{60'000};

using Edit = std::function<void(Identity& self, link::RegistrationClaims& claims)>;

WorkerRow refused(std::string name, std::string_view rule, std::string why, std::function<void(Attack&)> attack) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::connected,
          .attack = std::move(attack),
          .fate = Fate::refused,
          .why = std::move(why),
          .client = {}};
}

// Signed well, but of something else.
WorkerRow claiming(std::string name, std::function<void(link::RegistrationClaims&)> edit) {
  return refused(std::move(name), kClaims, "registration_invalid", [edit = std::move(edit)](Attack& a) {
    link::RegistrationClaims claims = a.worker.self.claims(a.worker.nonce);
    edit(claims);
    a.peer.control(a.worker.self.registration(claims));
  });
}

WorkerRow with_jws(std::string name, std::string why, std::function<std::string(std::string)> edit) {
  return refused(std::move(name), kJws, std::move(why), [edit = std::move(edit)](Attack& a) {
    link::Register message = a.worker.self.registration(a.worker.self.claims(a.worker.nonce));
    message.jws = edit(message.jws);
    a.peer.control(message);
  });
}

WorkerRow with_keyset(std::string name, std::string why, std::function<Identity()> make) {
  return refused(std::move(name), kKeyset, std::move(why),
                 [make = std::move(make)](Attack& a) { a.worker.register_as(make()); });
}

Identity edited(std::string_view from, std::string_view to) {
  Identity out;
  std::string text = to_text(out.keyset.bytes);
  text.replace(text.find(from), from.size(), to);
  out.keyset.bytes = to_bytes(text);
  out.keyset.id = crypto::sha256(out.keyset.bytes);
  return out;
}

std::vector<WorkerRow> claims_rows() {
  return {
      claiming("OfAnotherKeyset", [](auto& c) { c.keyset_id[0] ^= 1; }),
      claiming("OfAnotherWorker", [](auto& c) { c.worker_id = "somebody"; }),
      claiming("OfAnotherStake", [](auto& c) { c.stake_id = "s-1"; }),
      claiming("OfALinkWithTls", [](auto& c) { c.exporter[31] = 1; }),
      claiming("OfAnotherHello", [](auto& c) { c.nonce[0] ^= 1; }),
      refused("OfItsOwnLinkBefore", kClaims, "registration_invalid",
              [](Attack& a) {
                FakeWorker before(a.network.port);
                const link::Register old = a.worker.self.registration(a.worker.self.claims(before.nonce));
                before.peer.control(old);
                EXPECT_TRUE(before.peer.take<link::Registered>());
                a.peer.control(old);
              }),
      refused("OfSomebodyElsesLink", "copied evidence registers nobody", "registration_invalid",
              [](Attack& a) {
                FakeWorker other(a.network.port);
                const link::Register copied = other.self.registration(other.self.claims(other.nonce));
                other.peer.control(copied);
                EXPECT_TRUE(other.peer.take<link::Registered>());
                a.peer.control(copied);
              }),
      refused("OfTheHonestWorkersKeyset", kJws, "registration_signature",
              [](Attack& a) {
                link::RegistrationClaims claims = a.worker.self.claims(a.worker.nonce);
                claims.keyset_id = a.network.honest.keyset.id;
                claims.worker_id = a.network.honest.keyset.worker_id;
                link::Register message = a.worker.self.registration(claims);
                message.keyset = a.network.honest.keyset.bytes;
                a.peer.control(message);
              }),
      refused("OfTheHonestWorkersKeyInItsOwnKeyset", "a key that another keyset brought is not one's own",
              "registration_invalid",
              [](Attack& a) {
                const attest::SuiteKey& key = a.network.honest.keyset.keys.front();
                Identity thief;
                thief.keyset = attest::make_keyset("hostile", thief.keyset.not_before, thief.keyset.not_after,
                                                   {{key.suite, key.public_key}}, thief.key.public_key());
                a.worker.register_as(thief);
              }),
      refused("OfANinthKeyset", "eight keysets on one link", "registration_invalid",
              [](Attack& a) {
                for (std::size_t i = 0; i <= link::kMaxKeysetsPerLink; ++i) a.worker.register_as(Identity());
              }),
  };
}

std::vector<WorkerRow> jws_rows() {
  return {
      with_jws("WithAnotherSignature", "registration_signature",
               [](std::string jws) {
                 jws[jws.size() - 9] = jws[jws.size() - 9] == 'A' ? 'B' : 'A';
                 return jws;
               }),
      with_jws("WithoutASignature", "registration_invalid",
               [](const std::string& jws) { return jws.substr(0, jws.rfind('.') + 1); }),
      with_jws("WithoutClaims", "registration_invalid", [](const std::string&) { return std::string("a.b"); }),
      with_jws("WithAnAlgorithmOfNone", "registration_invalid",
               [](const std::string& jws) {
                 return codec::to_base64url(as_bytes(R"({"alg":"none","typ":"aipg-register+jwt"})")) +
                        jws.substr(jws.find('.'));
               }),
      with_jws("WithAReceiptsHeader", "registration_invalid",
               [](const std::string& jws) {
                 return codec::to_base64url(as_bytes(R"({"alg":"Ed25519","typ":"aipg-receipt+jwt"})")) +
                        jws.substr(jws.find('.'));
               }),
  };
}

std::vector<WorkerRow> keyset_rows() {
  return {
      with_keyset("OfAKeysetThatLivesTooLong", "keyset_window",
                  [] { return edited("\"not_after_ms\":1", "\"not_after_ms\":2"); }),
      with_keyset("OfAKeysetThatHasEnded", "registration_invalid", [] { return Identity(-120 * kMinute, kMinute); }),
      with_keyset("OfAKeysetOfTheFuture", "registration_invalid", [] { return Identity(10 * kMinute); }),
      with_keyset("OfAKeysetOfAnotherVersion", "keyset_version", [] { return edited("\"v\":1", "\"v\":2"); }),
      with_keyset("OfAKeysetForAnotherProtocol", "keyset_version",
                  [] { return edited("\"versions\":[1]", "\"versions\":[2]"); }),
      with_keyset("OfAKeysetOfAnUnknownSuite", "keyset_suite", [] { return edited("\"suite\":2", "\"suite\":9"); }),
      with_keyset("OfAKeysetThatIsNotCanonical", "not_canonical", [] { return edited("\"v\":1", "\"v\": 1"); }),
      with_keyset("OfAKeysetOfNoForm", "json_invalid",
                  [] {
                    Identity out;
                    out.keyset.bytes = to_bytes("not a keyset");
                    return out;
                  }),
  };
}

}  // namespace

std::vector<WorkerRow> registration_rows() {
  std::vector<WorkerRow> rows = claims_rows();
  for (const auto& more : {jws_rows(), keyset_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
