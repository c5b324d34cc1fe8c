// SPDX-License-Identifier: Apache-2.0
// Streams and credit, broken by a worker that has a job.
#include "against_gateway.h"

namespace aipg::hostile {
namespace {

using link::FrameType;

constexpr std::string_view kStreams = "Only the gateway opens streams; ids grow, and are never used again";
constexpr std::string_view kFinal = "Each side sends exactly one final frame and nothing after it";
constexpr std::string_view kCredit = "Each side may send 262,144 bytes of DATA per stream before the first CREDIT";
constexpr std::string_view kAccepted = "outstanding credit never exceeds 4 MiB";

WorkerRow row(std::string name, std::string_view rule, std::function<Bytes(const Attack&)> says, std::string why,
              std::string client = "upstream_lost") {
  return {.name = std::move(name),
          .rule = std::string(rule),
          .start = Start::with_job,
          .attack = [says = std::move(says)](Attack& a) { a.peer.frames(says(a)); },
          .fate = Fate::dropped,
          .why = std::move(why),
          .client = std::move(client)};
}

Bytes answer_bytes(std::size_t size) {
  Bytes out = to_bytes("AIPGOPEN");
  out.resize(size, 1);
  return out;
}

Bytes data(const Attack& a, std::size_t size) { return frame(a.stream, FrameType::data, answer_bytes(size)); }
Bytes end(const Attack& a) { return frame(a.stream, FrameType::end, as_bytes(a.worker.self.receipt(a.job_id))); }

// More than all the sockets on the way to a client that does not read can hold.
void send_without_end(Attack& a) {
  const Bytes piece = a.peer.websocket_bytes(0x82, data(a, link::kMaxDataBytes));
  for (std::size_t sent = 0; sent < (std::size_t{64} << 20) && a.peer.raw(piece); sent += piece.size()) {
  }
}

}  // namespace

std::vector<WorkerRow> stream_rows() {
  std::vector<WorkerRow> rows = {
      row(
          "DataOnAStreamThatNobodyOpened", kStreams,
          [](const Attack& a) { return frame(a.stream + 1, FrameType::data, Bytes(9)); }, "link_stream/unknown"),
      row(
          "EndOnTheLastStreamThereCouldBe", kStreams,
          [](const Attack&) { return frame(UINT32_MAX, FrameType::end, Bytes(9)); }, "link_stream/unknown"),
      row(
          "OpensAStreamItself", kStreams,
          [](const Attack& a) { return frame(a.stream + 1, FrameType::open, Bytes(17, 1)); }, "link_state/open"),
      row(
          "OpensTheStreamItHasAgain", kStreams,
          [](const Attack& a) { return frame(a.stream, FrameType::open, Bytes(17, 1)); }, "link_state/open"),
      row(
          "AcknowledgesItself", kFinal, [](const Attack& a) { return frame(a.stream, FrameType::ack); },
          "link_state/ack"),
      row(
          "DataAfterEnd", kFinal, [](const Attack& a) { return data(a, 100) + end(a) + data(a, 1); },
          "link_state/after_end", "sealed"),
      row(
          "EndTwice", kFinal, [](const Attack& a) { return data(a, 100) + end(a) + end(a); }, "link_state/after_end",
          "sealed"),
      row(
          "ResetAfterEnd", kFinal,
          [](const Attack& a) { return data(a, 100) + end(a) + frame(a.stream, FrameType::reset); },
          "link_state/after_end", "sealed"),
      row(
          "CreditAfterEnd", kFinal, [](const Attack& a) { return data(a, 100) + end(a) + credit(a.stream, 1); },
          "link_state/after_end", "sealed"),
      row(
          "RefuseAfterData", "only before any DATA",
          [](const Attack& a) { return data(a, 100) + frame(a.stream, FrameType::refuse, as_bytes("worker_busy")); },
          "link_state/refuse_after_data", "cut"),
      row(
          "RefuseTwice", kFinal,
          [](const Attack& a) {
            const Bytes refuse = frame(a.stream, FrameType::refuse, as_bytes("worker_busy"));
            return refuse + refuse;
          },
          "link_stream/unknown", "worker_busy"),
      row(
          "DataAfterRefuse", kFinal,
          [](const Attack& a) { return frame(a.stream, FrameType::refuse, as_bytes("worker_busy")) + data(a, 9); },
          "link_stream/unknown", "worker_busy"),
      row(
          "ResetTwice", kFinal,
          [](const Attack& a) { return frame(a.stream, FrameType::reset) + frame(a.stream, FrameType::reset); },
          "link_stream/unknown"),
      row(
          "DataAfterReset", kFinal, [](const Attack& a) { return frame(a.stream, FrameType::reset) + data(a, 9); },
          "link_stream/unknown"),
      row(
          "CreditOfNothing", kAccepted, [](const Attack& a) { return credit(a.stream, 0); }, "link_credit/zero"),
      row(
          "CreditPastTheLimit", kAccepted, [](const Attack& a) { return credit(a.stream, link::kMaxCredit + 1); },
          "link_credit/overflow"),
      row(
          "CreditThatWrapsAround", kAccepted, [](const Attack& a) { return credit(a.stream, UINT32_MAX); },
          "link_credit/overflow"),
      row(
          "CreditPastTheLimitBitByBit", kAccepted,
          [](const Attack& a) {
            const Bytes half = credit(a.stream, link::kMaxCredit / 2);
            return half + half + half;
          },
          "link_credit/overflow"),
      row(
          "CreditForAStreamThatNobodyOpened", kStreams, [](const Attack& a) { return credit(a.stream + 7, 1); },
          "link_stream/unknown"),
  };
  rows.push_back({.name = "MoreDataThanCredit",
                  .rule = std::string(kCredit),
                  .start = Start::with_job,
                  .attack = send_without_end,
                  .fate = Fate::dropped,
                  .why = "link_credit/data",
                  .client = "cut"});
  return rows;
}

}  // namespace aipg::hostile
