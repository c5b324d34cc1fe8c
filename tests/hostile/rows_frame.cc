// SPDX-License-Identifier: Apache-2.0
// Frames that no worker may send, whatever stream they are for.
#include "against_gateway.h"

namespace aipg::hostile {
namespace {

using link::FrameType;

constexpr std::string_view kFrames = "stream u32, type u8, flags 0, length u24, payload as its type allows";

unsigned number(FrameType type) { return static_cast<unsigned>(type); }

WorkerRow row(std::string name, std::string why, std::function<Bytes(std::uint32_t stream)> says,
              std::string_view rule = kFrames) {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::with_job,
          .attack = [says = std::move(says)](Attack& a) { a.peer.frames(says(a.stream)); },
          .fate = Fate::dropped,
          .why = std::move(why),
          .client = "upstream_lost"};
}

std::vector<WorkerRow> headers() {
  return {
      row("TypeZero", "link_frame/type", [](auto s) { return frame(s, 0, {}); }),
      row("TypeEight", "link_frame/type", [](auto s) { return frame(s, 8, {}); }),
      row("TypeOfAllBits", "link_frame/type", [](auto s) { return frame(s, 255, Bytes(3)); }),
      row("AFlag", "link_frame/flags", [](auto s) { return frame(s, number(FrameType::data), Bytes(3), 1); }),
      row("AllFlags", "link_frame/flags", [](auto s) { return frame(s, number(FrameType::reset), {}, 255); }),
      row("OneByteOfAHeader", "link_frame/header", [](auto) { return Bytes(1); }),
      row("AHeaderWithoutItsLastByte", "link_frame/header",
          [](auto s) {
            Bytes cut = frame(s, FrameType::reset);
            cut.pop_back();
            return cut;
          }),
      row("APayloadWithoutItsLastByte", "link_frame/payload",
          [](auto s) {
            Bytes cut = frame(s, FrameType::data, Bytes(100));
            cut.pop_back();
            return cut;
          }),
      row(
          "AWholeFrameAndHalfOfAnother", "link_frame/header", [](auto s) { return credit(s, 1) + Bytes(4); },
          "One message holds any number of whole frames"),
  };
}

std::vector<WorkerRow> lengths() {
  return {
      row("DataOfNothing", "link_frame/length", [](auto s) { return frame(s, FrameType::data); }),
      row("DataOfAByteTooMany", "link_frame/length",
          [](auto s) { return frame(s, FrameType::data, Bytes(link::kMaxDataBytes + 1)); }),
      row("DataOfTheMostThatALengthSays", "link_frame/length",
          [](auto s) {
            Bytes claims = frame(s, FrameType::data);
            std::ranges::fill(MutableByteView(claims).last(3), 0xff);
            return claims;
          }),
      row(
          "EndWithoutAReceipt", "link_frame/length", [](auto s) { return frame(s, FrameType::end); },
          "END of a worker always has a receipt"),
      row("EndOfAByteTooMany", "link_frame/length",
          [](auto s) { return frame(s, FrameType::end, Bytes(link::kMaxEndBytes + 1, 'a')); }),
      row("RefuseWithoutACode", "link_frame/length", [](auto s) { return frame(s, FrameType::refuse); }),
      row("RefuseOfAByteTooMany", "link_frame/length",
          [](auto s) { return frame(s, FrameType::refuse, Bytes(link::kMaxRefuseBytes + 1, 'a')); }),
      row(
          "RefuseInCapitals", "link_frame/code",
          [](auto s) { return frame(s, FrameType::refuse, as_bytes("WORKER_BUSY")); }, "1 to 64 of a to z and _"),
      row(
          "RefuseWithALineBreak", "link_frame/code",
          [](auto s) { return frame(s, FrameType::refuse, as_bytes("worker_busy\n")); }, "1 to 64 of a to z and _"),
      row("CreditOfThreeBytes", "link_frame/length", [](auto s) { return frame(s, FrameType::credit, Bytes(3, 1)); }),
      row("CreditOfFiveBytes", "link_frame/length", [](auto s) { return frame(s, FrameType::credit, Bytes(5, 1)); }),
      row("ResetThatSaysSomething", "link_frame/length", [](auto s) { return frame(s, FrameType::reset, Bytes(1)); }),
  };
}

// What breaks no rule of the link, and is no answer either.
std::vector<WorkerRow> poor_answers() {
  const auto stays = [](std::string name, std::string client, std::function<Bytes(const Attack&)> says) {
    return WorkerRow{.name = std::move(name),
                     .rule = "a client takes nothing for an answer but what its seal proves",
                     .start = Start::with_job,
                     .attack = [says = std::move(says)](Attack& a) { a.peer.frames(says(a)); },
                     .fate = Fate::stays,
                     .why = {},
                     .client = std::move(client)};
  };
  const auto end = [](const Attack& a, std::string_view receipt) {
    return frame(a.stream, FrameType::end, as_bytes(receipt));
  };
  return {
      stays("EndsWithoutAnAnswer", "upstream_lost", [=](const Attack& a) { return end(a, "a.b.c"); }),
      stays("EndsInTheAnswersPreamble", "upstream_lost",
            [=](const Attack& a) { return frame(a.stream, FrameType::data, Bytes(72, 7)) + end(a, "a.b.c"); }),
      stays("AnswersWithNoise", "sealed",
            [=](const Attack& a) { return frame(a.stream, FrameType::data, Bytes(9'000, 7)) + end(a, "a.b.c"); }),
      stays("EndsWithAReceiptOfNoForm", "sealed",
            [=](const Attack& a) { return frame(a.stream, FrameType::data, Bytes(90, 7)) + end(a, "\xff\n\""); }),
      stays("EndsWithAnotherJobsReceipt", "sealed",
            [=](const Attack& a) {
              return frame(a.stream, FrameType::data, Bytes(90, 7)) + end(a, a.worker.self.receipt({9}));
            }),
      stays("RefusesWithACodeOfNobodys", "upstream_lost",
            [](const Attack& a) { return frame(a.stream, FrameType::refuse, as_bytes("because")); }),
      stays("RefusesInTheGatewaysName", "upstream_lost",
            [](const Attack& a) { return frame(a.stream, FrameType::refuse, as_bytes("invalid_api_key")); }),
      stays("ResetsTheJob", "upstream_lost", [](const Attack& a) { return frame(a.stream, FrameType::reset); }),
  };
}

}  // namespace

std::vector<WorkerRow> frame_rows() {
  std::vector<WorkerRow> rows = headers();
  for (const auto& more : {lengths(), poor_answers()}) rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace aipg::hostile
