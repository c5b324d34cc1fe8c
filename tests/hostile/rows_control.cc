// SPDX-License-Identifier: Apache-2.0
// Control messages of no form, or of the other side.
#include "against_gateway.h"
#include "base/hex.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kClosed = "closed lists of members, told apart by type";
constexpr std::string_view kStrict = "JSON, at most 64 KiB, strictly";
constexpr std::string_view kGateways = "from the gateway only";
constexpr std::string_view kModels = "1 to 64 models, sorted by name, of name, sorted paths, price";

WorkerRow dropped(std::string name, std::string_view rule, std::string why,
                  std::function<std::string(const FakeWorker&)> says) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::connected,
          .attack = [says = std::move(says)](Attack& a) { a.peer.text(says(a.worker)); },
          .fate = Fate::dropped,
          .why = std::move(why),
          .client = {}};
}
WorkerRow dropped(std::string name, std::string_view rule, std::string why, std::string says) {
  return dropped(std::move(name), rule, std::move(why), [says = std::move(says)](const FakeWorker&) { return says; });
}

// An honest registration in which this is that.
WorkerRow edited(std::string name, std::string_view rule, std::string why, std::string from, std::string to) {
  return dropped(std::move(name), rule, std::move(why), [from, to](const FakeWorker& worker) {
    std::string text = link::write_control(worker.self.registration(worker.self.claims(worker.nonce)));
    const std::size_t at = text.find(from);
    if (at == std::string::npos) ADD_FAILURE() << from << " is not in " << text;
    return text.replace(at, from.size(), to);
  });
}

// Of two models, the first with this name.
WorkerRow first_of_two_models(std::string name, std::string model) {
  return dropped(std::move(name), kModels, "link_control/models", [model = std::move(model)](const FakeWorker& worker) {
    link::Register message = worker.self.registration(worker.self.claims(worker.nonce));
    message.models.push_back(message.models.front());
    message.models.back().name += "-2";
    std::string text = link::write_control(message);
    const std::string first = "\"" + std::string(kHostileModel) + "\"";
    return text.replace(text.find(first), first.size(), "\"" + model + "\"");
  });
}

std::string retire(std::string_view keyset) { return R"({"type":"retire","keyset":")" + std::string(keyset) + "\"}"; }

std::vector<WorkerRow> json_rows() {
  return {
      dropped("NoJson", kStrict, "json_invalid", "hello"),
      dropped("Nothing", kStrict, "json_invalid", ""),
      dropped("NoObject", kStrict, "link_control/type", "[1]"),
      dropped("SomethingAfterTheEnd", kStrict, "json_invalid", retire(std::string(64, 'a')) + "{}"),
      dropped("ANameTwice", kStrict, "json_duplicate_name", R"({"type":"retire","type":"drain"})"),
      dropped("ANameTwiceOnceEscaped", kStrict, "json_duplicate_name", R"({"type":"retire","\u0074ype":"drain"})"),
      dropped("TooDeep", kStrict, "json_too_deep", R"({"type":[[[[[[[]]]]]]]})"),
      dropped("TooDeepByFar", kStrict, "json_too_deep", std::string(60'000, '[')),
      dropped("NotANumber", kStrict, "json_invalid", R"({"type":"evidence","id":NaN})"),
      dropped("AByteOrderMark", kStrict, "json_invalid", "\xef\xbb\xbf" + retire(std::string(64, 'a'))),
      dropped("AByteMoreThanTheMost", kStrict, "json_too_large",
              R"({"type":"retire"})" + std::string(link::kMaxControlBytes, ' ')),
  };
}

std::vector<WorkerRow> member_rows() {
  return {
      dropped("NoType", kClosed, "link_control/type", R"({"keyset":"a"})"),
      dropped("AnUnknownType", kClosed, "link_control/type", R"({"type":"gossip"})"),
      dropped("ATypeThatIsNoText", kClosed, "link_control/type", R"({"type":1})"),
      dropped("AMemberTooMany", kClosed, "json_unknown_field",
              R"({"type":"retire","keyset":")" + std::string(64, 'a') + R"(","x":1})"),
      dropped("AMemberTooFew", kClosed, "link_control/keyset", R"({"type":"retire"})"),
      dropped("AnIdInCapitals", "ids are hex, lower case", "link_control/keyset", retire(std::string(64, 'A'))),
      dropped("AnIdThatIsTooShort", "ids are hex, lower case", "link_control/keyset", retire("aa")),
      edited("AnotherVersion", "v 1", "link_control/v", R"("v":1)", R"("v":2)"),
      edited("NoTier", "tiers confidential", "link_control/tiers", R"(["confidential"])", "[]"),
      edited("AnotherTier", "tiers confidential", "link_control/tiers", "confidential", "standard"),
      edited("NoJobs", "jobs 1 to 1,024", "link_control/jobs", R"("jobs":4)", R"("jobs":0)"),
      edited("AJobTooMany", "jobs 1 to 1,024", "json_wrong_type", R"("jobs":4)", R"("jobs":1025)"),
      edited("AStakeWithASpace", "stake of [A-Za-z0-9-]", "link_control/stake", R"("stake":"")", R"("stake":"a b")"),
      edited("AJwsWithALineBreak", "jws of a JWS's characters", "link_control/jws", R"("jws":")", R"("jws":"\n)"),
      edited("APriceThatIsANumber", kModels, "link_control/models", R"("input":"1")", R"("input":1)"),
      edited("APriceBelowNothing", kModels, "link_control/models", R"("input":"1")", R"("input":"-1")"),
      edited("APathOfNoApi", kModels, "link_control/models", "/v1/chat/completions", "/admin"),
      dropped("NoModels", kModels, "link_control/models",
              [](const FakeWorker& w) {
                link::Register message = w.self.registration(w.self.claims(w.nonce));
                message.models.clear();
                return link::write_control(message);
              }),
      first_of_two_models("AModelTwice", std::string(kHostileModel) + "-2"),
      first_of_two_models("ModelsInAnotherOrder", "zeta"),
      edited("PathsInAnotherOrder", kModels, "link_control/models", R"("/v1/chat/completions")",
             R"("/v1/completions","/v1/chat/completions")"),
      edited("APathTwice", kModels, "link_control/models", R"("/v1/chat/completions")",
             R"("/v1/chat/completions","/v1/chat/completions")"),
      dropped("SixtyFiveModels", kModels, "link_control/models",
              [](const FakeWorker& w) {
                link::Register message = w.self.registration(w.self.claims(w.nonce));
                for (int i = 0; i < 64; ++i) {
                  message.models.push_back(message.models.front());
                  message.models.back().name += std::to_string(i);
                }
                return link::write_control(message);
              }),
  };
}

std::vector<WorkerRow> direction_rows() {
  const auto gateways = [](std::string name, const link::Control& message) {
    return dropped(std::move(name), kGateways, "link_control/direction", link::write_control(message));
  };
  return {
      gateways("Hello", link::Hello{}),
      gateways("Registered", link::Registered{}),
      gateways("Refused", link::Refused{"no"}),
      gateways("Challenge", link::Challenge{}),
      gateways("Drain", link::Drain{}),
      gateways("ReceiptRecorded", link::ReceiptRecorded{}),
      {.name = "RetiresWhatIsNotThere",
       .rule = "retire: its keys are wiped",
       .start = Start::admitted,
       .attack =
           [](Attack& a) {
             for (int i = 0; i < 1'000; ++i) a.peer.control(link::Retire{a.network.honest.keyset.id});
             a.peer.control(link::Retire{Hash256{7}});
           },
       .fate = Fate::stays},
  };
}

}  // namespace

std::vector<WorkerRow> control_rows() {
  std::vector<WorkerRow> rows = json_rows();
  for (const auto& more : {member_rows(), direction_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
