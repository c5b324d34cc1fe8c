// SPDX-License-Identifier: Apache-2.0
// What a gateway does before a link is one, and what it says on one.
#include <thread>

#include "against_worker.h"
#include "base/hex.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kHandshake = "one WebSocket to /v1/workers/ws (RFC 6455)";
constexpr std::string_view kControl = "closed lists of members, told apart by type";
constexpr auto kNonces = attest::ChallengeKind::nonces;
constexpr std::string_view kNothingElse = "a gateway can challenge, drain and cancel";

// Answers the worker's upgrade with this, and closes.
GatewayRow answered(std::string name, std::string why, std::string answer) {
  return {.name = std::move(name),
          .rule = std::string(kHandshake),
          .start = Behaves::not_at_all,
          .attack =
              [answer = std::move(answer)](GatewayAttack& a) {
                Bytes request;
                while (!as_text(request).contains("\r\n\r\n")) ASSERT_EQ(a.peer.wire_.read(request), Wire::Came::bytes);
                a.peer.wire_.send(answer);
                a.peer.wire_.close();
                a.peer.ended = true;
              },
          .ending = Ending::unreachable,
          .why = std::move(why)};
}

GatewayRow dropped(std::string name, std::string_view rule, std::string why, std::string says) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Behaves::welcomed,
          .attack = [says = std::move(says)](GatewayAttack& a) { a.peer.text(says); },
          .ending = Ending::dropped,
          .why = std::move(why)};
}
GatewayRow dropped(std::string name, std::string_view rule, std::string why, const link::Control& says) {
  return dropped(std::move(name), rule, std::move(why), link::write_control(says));
}

GatewayRow closed(std::string name, std::string code, const char* hex) {
  return {.name = std::move(name),
          .rule = std::string(kHandshake),
          .start = Behaves::welcomed,
          .attack = [hex](GatewayAttack& a) { a.peer.raw(*from_hex(hex)); },
          .ending = Ending::closed,
          .why = std::move(code)};
}

std::vector<GatewayRow> handshake_rows() {
  const std::string upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  return {
      answered("NoUpgrade", "ws_handshake/status", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      answered("ARedirect", "ws_handshake/status",
               "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
      answered("NoAcceptKey", "ws_handshake/sec-websocket-accept", upgrade + "\r\n"),
      answered("AnotherAcceptKey", "ws_handshake/sec-websocket-accept",
               upgrade + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
      answered("NoHttp", "ws_handshake/answer", "220 mail.example ESMTP\r\n\r\n"),
      answered("HalfAnAnswer", "ws_handshake/connection lost", upgrade),
      answered("NothingAtAll", "ws_handshake/connection lost", ""),
      answered("AHeadWithoutAnEnd", "ws_handshake/answer", upgrade + std::string(64 * 1024, 'x')),
  };
}

std::vector<GatewayRow> word_rows() {
  const auto text = [](std::string_view type, std::string_view more) {
    return R"({"type":")" + std::string(type) + "\"" + std::string(more) + "}";
  };
  const std::string id = std::string(R"(,"keyset":")") + std::string(64, 'a') + "\"";
  return {
      dropped("HelloTwice", kControl, "link_state/hello", link::Hello{}),
      dropped("HelloOfAnotherVersion", "v 1", "link_control/v",
              text("hello", R"(,"v":2,"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")),
      dropped("HelloWithAShortNonce", "nonce 32 bytes", "json_wrong_type", text("hello", R"(,"v":1,"nonce":"AAAA")")),
      dropped("RegistersItself", kNothingElse, "link_control/direction",
              link::Register{to_bytes("k"), "a.b.c", "", 1, {{"m", {"/v1/completions"}, {}}}}),
      dropped("BringsEvidence", kNothingElse, "link_control/direction", link::EvidenceComing{1, {}, 1}),
      dropped("Retires", kNothingElse, "link_control/direction", link::Retire{}),
      dropped("BringsAReceipt", kNothingElse, "link_control/direction", link::LateReceipt{"a.b.c"}),
      dropped("RegistersWhatNobodyAskedFor", "registered answers a register", "link_state/registered",
              link::Registered{Hash256{9}}),
      dropped("ChallengesOfAnotherKind", "kind 2", "link_control/kind",
              text("challenge", id + R"(,"id":1,"kind":1,"value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")")),
      dropped("ConfiguresIt", kNothingElse, "link_control/type", text("configure", R"(,"engine":"http://elsewhere")")),
      dropped("DrainsWithAReason", kControl, "json_unknown_field", text("drain", R"(,"why":"because")")),
      dropped("ANameTwice", kControl, "json_duplicate_name", text("drain", R"(,"type":"drain")")),
      dropped("NoJson", kControl, "json_invalid", "hello"),
      dropped("TooDeep", kControl, "json_too_deep", std::string(1'000, '[')),
      dropped("ByteMoreThanTheMost", "JSON, at most 64 KiB", "json_too_large",
              text("drain", "") + std::string(link::kMaxControlBytes, ' ')),
      closed("AMask", "1002", "828000000000"),
      closed("AReservedBit", "1002", "c200"),
      closed("AnUnknownOpcode", "1002", "8300"),
      closed("AMessageInsideAMessage", "1002", "01008100"),
      closed("APingOf126Bytes", "1002", "897e007e"),
      closed("ATextThatIsNoUtf8", "1007", "8101ff"),
      closed("AMessageOfAllBits", "1009", "827fffffffffffffffff"),
  };
}

GatewayRow stays(std::string name, std::string_view rule, std::function<void(GatewayAttack&)> attack) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Behaves::welcomed,
          .attack = std::move(attack),
          .ending = Ending::stays,
          .why = {}};
}

std::vector<GatewayRow> flood_rows() {
  using link::Challenge;
  return {
      {.name = "RefusesTwice",
       .rule = "a refusal ends the link",
       .attack =
           [](GatewayAttack& a) {
             a.peer.control(link::Refused{"no"});
             a.peer.control(link::Refused{"no"});
           },
       .ending = Ending::dropped,
       .why = "link_state/refused"},
      {.name = "SaysNoHello",
       .rule = "a gateway says hello first",
       .start = Behaves::answered,
       .attack = [](GatewayAttack& a) { EXPECT_TRUE(a.peer.hear_end()); },
       .ending = Ending::dropped,
       .why = "link_state/no_hello"},
      stays("ChallengesAThousandTimes", "at most one quote per 2 s",
            [](GatewayAttack& a) {
              for (std::uint64_t i = 0; i < 1'000; ++i) {
                a.peer.control(Challenge{i, a.gateway.keyset.id, kNonces, Hash256{1}});
              }
              const auto answers = [&] {
                return std::ranges::count_if(a.peer.controls, [](const link::Control& each) {
                  return std::holds_alternative<link::EvidenceComing>(each);
                });
              };
              EXPECT_FALSE(a.peer.hear([&] { return answers() > 2; }, milliseconds(1'000)));
              EXPECT_GE(answers(), 1);
            }),
      stays("ChallengesKeysetsThatAreNotThere", "keyset",
            [](GatewayAttack& a) {
              for (std::uint8_t i = 0; i < 200; ++i) a.peer.control(Challenge{i, Hash256{i}, kNonces, Hash256{1}});
            }),
      stays("DrainsAThousandTimes", kNothingElse,
            [](GatewayAttack& a) {
              for (int i = 0; i < 1'000; ++i) a.peer.control(link::Drain{});
            }),
      stays("RecordsReceiptsThatNobodySent", kNothingElse,
            [](GatewayAttack& a) {
              for (std::uint8_t i = 0; i < 200; ++i) a.peer.control(link::ReceiptRecorded{{i}});
            }),
      stays("PingsAHundredThousandTimes", "answers to pings are few while they are not read",
            [](GatewayAttack& a) {
              Bytes many;
              while (many.size() < 1'000'000) append(many, a.peer.websocket_bytes(0x89, Bytes(125)));
              for (int i = 0; i < 13; ++i) a.peer.raw(many);
            }),
  };
}

}  // namespace

std::vector<GatewayRow> gateway_link_rows() {
  std::vector<GatewayRow> rows = handshake_rows();
  for (const auto& more : {word_rows(), flood_rows()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
