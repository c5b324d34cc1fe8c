// SPDX-License-Identifier: Apache-2.0
// What a worker does to the WebSocket below the link, to TCP below that, and
// with time.
#include <thread>

#include "against_gateway.h"
#include "base/hex.h"

namespace aipg::hostile {
namespace {

constexpr std::string_view kRfc = "one WebSocket (RFC 6455), without extensions";
constexpr std::string_view kSize = "at most 1 MiB a message, 64 KiB a control message";
constexpr std::string_view kInTime = "a link is closed on which nobody has registered in time";

using Says = std::function<Bytes(const LinkPeer&)>;

WorkerRow closed(std::string name, std::string code, std::string_view rule, Says says) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::admitted,
          .attack = [says = std::move(says)](Attack& a) { a.peer.raw(says(a.peer)); },
          .fate = Fate::closed,
          .why = std::move(code),
          .client = {}};
}
WorkerRow closed(std::string name, std::string code, const char* hex) {
  return closed(std::move(name), std::move(code), kRfc, [hex](const LinkPeer&) { return *from_hex(hex); });
}

WorkerRow row(std::string name, std::string_view rule, Start start, Fate fate, std::string why,
              std::function<void(Attack&)> attack) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = start,
          .attack = std::move(attack),
          .fate = fate,
          .why = std::move(why),
          .client = start == Start::with_job ? "upstream_lost" : ""};
}

std::vector<WorkerRow> framing() {
  return {
      closed("AFrameWithoutAMask", "1002", "8100"),
      closed("AReservedBit", "1002", "c18000000000"),
      closed("AnUnknownOpcode", "1002", "838000000000"),
      closed("AContinuationOfNothing", "1002", "808000000000"),
      closed("AMessageInsideAMessage", "1002", "018000000000818000000000"),
      closed("APingInPieces", "1002", "098000000000"),
      closed("APingOf126Bytes", "1002", "89fe007e00000000"),
      closed("ALengthThatIsNotTheShortest", "1002", "82fe000100000000"),
      closed("ALongLengthThatIsNotTheShortest", "1002", "82ff000000000000000100000000"),
      closed("ALengthOfAllBits", "1009", "82ffffffffffffffffff00000000"),
      closed("ATextThatIsNoUtf8", "1007", "818100000000ff"),
      closed("ACloseCodeOfNoMeaning", "1002", "88820000000003e7"),
      closed("HalfACloseCode", "1002", "88810000000003"),
      closed("ACloseReasonThatIsNoUtf8", "1007", "88830000000003e8ff"),
      closed("AMessageOfAByteTooMany", "1009", kSize,
             [](const LinkPeer& p) {
               Bytes head = p.websocket_bytes(0x82, Bytes((1 << 20) + 1));
               head.resize(14);
               return head;
             }),
      closed("AMessageThatGrowsTooLargeInPieces", "1009", kSize,
             [](const LinkPeer& p) {
               const Bytes piece = p.websocket_bytes(0x00, Bytes(1 << 19));
               return p.websocket_bytes(0x01, as_bytes("{")) + piece + piece;
             }),
      closed("AProperCloseAndThenMore", "1000", kRfc,
             [](const LinkPeer& p) { return p.websocket_bytes(0x88, {}) + p.websocket_bytes(0x82, Bytes(4096, 9)); }),
  };
}

// Who says what costs the other side more than itself.
std::vector<WorkerRow> floods() {
  const auto flood = [](std::string name, std::size_t times, Says says) {
    return row(std::move(name), "whoever floods its link holds up nobody else's", Start::admitted, Fate::stays, {},
               [times, says](Attack& a) {
                 Bytes many;
                 const Bytes one = says(a.peer);
                 while (many.size() < 256 * 1024) append(many, one);
                 for (std::size_t sent = 0; sent < times && a.peer.raw(many); sent += many.size() / one.size()) {
                   a.peer.hear([] { return false; }, milliseconds(0));
                 }
               });
  };
  return {
      flood("AFloodOfPings", 100'000, [](const LinkPeer& p) { return p.websocket_bytes(0x89, Bytes(125)); }),
      flood("AFloodOfPongs", 200'000, [](const LinkPeer& p) { return p.websocket_bytes(0x8a, {}); }),
      flood("AFloodOfEmptyMessages", 200'000, [](const LinkPeer& p) { return p.websocket_bytes(0x82, {}); }),
      flood("AFloodOfEmptyPieces", 200'000,
            [](const LinkPeer& p) {
              return p.websocket_bytes(0x02, {}) + p.websocket_bytes(0x00, {}) + p.websocket_bytes(0x80, {});
            }),
      row("AFloodOfPingsWhoseAnswersNobodyReads", "answers to pings are few while they are not read", Start::admitted,
          Fate::stays, {},
          [](Attack& a) {
            const Bytes ping = a.peer.websocket_bytes(0x89, Bytes(125));
            Bytes many;
            for (int i = 0; i < 2'000; ++i) append(many, ping);
            for (int i = 0; i < 50; ++i) a.peer.raw(many);
          }),
  };
}

std::vector<WorkerRow> endings() {
  return {
      row("EndsTheConnectionInTheMiddleOfAFrame", kRfc, Start::with_job, Fate::dropped, "ws_failed",
          [](Attack& a) {
            a.peer.raw(*from_hex("82fe10"));
            a.peer.wire_.end_sending();
          }),
      row("ResetsTheConnection", kRfc, Start::with_job, Fate::dropped, "ws_failed",
          [](Attack& a) {
            a.peer.wire_.reset_at_close();
            a.peer.wire_.close();
            a.peer.ended = true;
          }),
      row("ClosesWithAJobInItsHands", kRfc, Start::with_job, Fate::dropped, "ws_closed",
          [](Attack& a) { a.peer.websocket(0x88, {}); }),
      row("NeverRegisters", kInTime, Start::connected, Fate::refused, "registration_missing",
          [](Attack& a) { a.peer.hear_end(); }),
      row("SpeaksByteByByteAndNeverRegisters", kInTime, Start::connected, Fate::refused, "registration_missing",
          [](Attack& a) {
            const Bytes slow = a.peer.websocket_bytes(0x81, Bytes(100, ' '));
            for (const std::uint8_t byte : slow) {
              a.peer.raw({&byte, 1});
              if (a.peer.hear_end(milliseconds(40))) return;
            }
          }),
      row("GoesOnSpeakingAfterItWasRefused", "a refusal ends the link", Start::connected, Fate::refused,
          "registration_missing",
          [](Attack& a) {
            a.peer.answers_close = false;
            const auto refused = [&] { return a.peer.close_code.has_value(); };
            (void)a.peer.hear(refused);
            // It never answers the close: time must end the link, and not one that speaking puts off.
            for (int i = 0; i < 120 && a.peer.raw(a.peer.websocket_bytes(0x8a, {})); ++i) {
              if (a.peer.hear_end(milliseconds(50))) return;
            }
            ADD_FAILURE() << "still there after six seconds";
          }),
      row("RegistersAfterItWasRefused", "a refusal ends the link", Start::connected, Fate::refused,
          "registration_missing",
          [](Attack& a) {
            a.peer.answers_close = false;
            const auto refused = [&] { return a.peer.close_code.has_value(); };
            (void)a.peer.hear(refused);
            a.worker.register_as(a.worker.self);
            EXPECT_FALSE(a.peer.take<link::Registered>(milliseconds(3'000)));
          }),
  };
}

}  // namespace

std::vector<WorkerRow> websocket_rows() {
  std::vector<WorkerRow> rows = framing();
  for (const auto& more : {floods(), endings()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
