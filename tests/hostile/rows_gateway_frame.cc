// SPDX-License-Identifier: Apache-2.0
// Frames, streams and credit, broken by a gateway.
#include "against_worker.h"

namespace aipg::hostile {
namespace {

using link::FrameType;

constexpr std::string_view kFrames = "stream u32, type u8, flags 0, length u24, payload as its type allows";
constexpr std::string_view kIds = "ids grow, may skip numbers, and are never used again";
constexpr std::string_view kFinal = "Each side sends exactly one final frame and nothing after it";
constexpr std::string_view kCredit = "outstanding credit never exceeds 4 MiB";
const Bytes kOpen = Bytes(1, 1) + Bytes(16, 9);

GatewayRow row(std::string name, std::string_view rule, std::string why,
               std::function<Bytes(const GatewayAttack&)> says, Behaves start = Behaves::with_job) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = start,
          .attack = [says = std::move(says)](GatewayAttack& a) { a.peer.frames(says(a)); },
          .ending = Ending::dropped,
          .why = std::move(why)};
}

Bytes open(std::uint32_t stream) { return frame(stream, FrameType::open, kOpen); }

std::vector<GatewayRow> frame_rows_of_a_gateway() {
  return {
      row("TypeZero", kFrames, "link_frame/type", [](const auto& a) { return frame(a.stream, 0, {}); }),
      row("TypeEight", kFrames, "link_frame/type", [](const auto& a) { return frame(a.stream, 8, Bytes(8)); }),
      row("AFlag", kFrames, "link_frame/flags", [](const auto& a) { return frame(a.stream, 5, {}, 1); }),
      row("HalfAHeader", kFrames, "link_frame/header", [](const auto&) { return Bytes(5); }),
      row("HalfAPayload", kFrames, "link_frame/payload",
          [](const auto&) {
            Bytes cut = open(900);
            cut.resize(cut.size() - 3);
            return cut;
          }),
      row("OpenOfSixteenBytes", kFrames, "link_frame/length",
          [](const auto&) { return frame(900, FrameType::open, Bytes(16, 1)); }),
      row("OpenOfEighteenBytes", kFrames, "link_frame/length",
          [](const auto&) { return frame(900, FrameType::open, Bytes(18, 1)); }),
      row("OpenOfAReservedKind", "kind 1 is sealed, others reserved", "link_frame/kind",
          [](const auto&) { return frame(900, FrameType::open, Bytes(17, 2)); }),
      row("DataOfNothing", kFrames, "link_frame/length",
          [](const auto& a) { return frame(a.stream, FrameType::data); }),
      row("DataOfAByteTooMany", kFrames, "link_frame/length",
          [](const auto& a) { return frame(a.stream, FrameType::data, Bytes(link::kMaxDataBytes + 1)); }),
      row("EndThatSaysSomething", "END of a gateway: nothing", "link_frame/length",
          [](const auto&) { return open(900) + frame(900, FrameType::end, Bytes(1, 'a')); }),
      row("CreditOfThreeBytes", kFrames, "link_frame/length",
          [](const auto& a) { return frame(a.stream, FrameType::credit, Bytes(3, 1)); }),
      row("AckThatSaysSomething", kFrames, "link_frame/length",
          [](const auto& a) { return frame(a.stream, FrameType::ack, Bytes(1)); }),
  };
}

std::vector<GatewayRow> stream_rows_of_a_gateway() {
  return {
      row("DataOnAStreamThatNobodyOpened", kIds, "link_stream/unknown",
          [](const auto&) { return frame(901, FrameType::data, Bytes(1)); }),
      row("EndOfAStreamThatNobodyOpened", kIds, "link_stream/unknown",
          [](const auto&) { return frame(900, FrameType::end); }),
      row("ResetOfAStreamThatNobodyOpened", kIds, "link_stream/unknown",
          [](const auto&) { return frame(900, FrameType::reset); }),
      row("AckOfAStreamThatNobodyOpened", kIds, "link_stream/unknown",
          [](const auto&) { return frame(UINT32_MAX, FrameType::ack); }),
      row("CreditOnAStreamThatNobodyOpened", kIds, "link_stream/unknown", [](const auto&) { return credit(900, 1); }),
      row("OpensStreamZero", "stream 0 for anything but evidence", "link_stream/order",
          [](const auto&) { return open(0); }),
      row("DataOnStreamZero", "stream 0 for anything but evidence", "link_stream/zero",
          [](const auto&) { return frame(0, FrameType::data, Bytes(1)); }),
      row("OpensTheSameTwice", kIds, "link_stream/order", [](const auto& a) { return open(a.stream); }),
      row("OpensAStreamBelowTheLast", kIds, "link_stream/order", [](const auto&) { return open(900) + open(899); }),
      row("OpensAgainWhatItHasReset", kIds, "link_stream/order",
          [](const auto&) { return open(900) + frame(900, FrameType::reset) + open(900); }),
      row("OpensOneMoreThanTheLastThereCouldBe", kIds, "link_stream/order",
          [](const auto&) { return open(UINT32_MAX) + open(1); }),
      row("OpensAStreamTooMany", "At most 1,024 streams are open", "link_limit/streams",
          [](const auto& a) {
            Bytes all;
            for (std::uint32_t i = 1; i <= link::kMaxStreams; ++i) append(all, open(a.stream + i));
            return all;
          }),
      row("EndTwice", kFinal, "link_state/after_end", [](const auto& a) { return frame(a.stream, FrameType::end); }),
      row("DataAfterEnd", kFinal, "link_state/after_end",
          [](const auto& a) { return frame(a.stream, FrameType::data, Bytes(1)); }),
      row("ResetTwice", kFinal, "link_stream/unknown",
          [](const auto& a) { return frame(a.stream, FrameType::reset) + frame(a.stream, FrameType::reset); }),
      row("DataAfterReset", kFinal, "link_stream/unknown",
          [](const auto& a) { return frame(a.stream, FrameType::reset) + frame(a.stream, FrameType::data, Bytes(1)); }),
      row("Refuses", "REFUSE from the worker", "link_state/refuse",
          [](const auto& a) { return frame(a.stream, FrameType::refuse, as_bytes("worker_busy")); }),
      row("AckBeforeTheAnswersEnd", "ACK before END", "link_state/ack",
          [](const auto& a) { return frame(a.stream, FrameType::ack); }),
      row("CreditOfNothing", kCredit, "link_credit/zero", [](const auto& a) { return credit(a.stream, 0); }),
      row("CreditPastTheLimit", kCredit, "link_credit/overflow",
          [](const auto& a) { return credit(a.stream, link::kMaxCredit + 1); }),
      row("CreditThatWrapsAround", kCredit, "link_credit/overflow",
          [](const auto& a) { return credit(a.stream, UINT32_MAX); }),
      row("MoreDataThanCredit", "262,144 bytes of DATA per stream before the first CREDIT", "link_credit/data",
          [](const auto&) {
            // Of a preamble that does not end, which is refused; what comes then is counted all the same.
            Bytes all = open(900);
            const Bytes piece = frame(900, FrameType::data, Bytes(link::kMaxDataBytes, 'A'));
            for (int i = 0; i < 4; ++i) append(all, piece);
            return all + frame(900, FrameType::data, Bytes(1));
          }),
  };
}

}  // namespace

std::vector<GatewayRow> gateway_frame_rows() {
  std::vector<GatewayRow> rows = frame_rows_of_a_gateway();
  for (const GatewayRow& each : stream_rows_of_a_gateway()) rows.push_back(each);
  return rows;
}

}  // namespace aipg::hostile
