// SPDX-License-Identifier: Apache-2.0
#include "client/turn_output.h"

#include "client/core/outgoing_answer.h"
#include "client/core/verdict_line.h"

namespace aipg::client {
namespace {

constexpr milliseconds kTick{1000};

}  // namespace

TurnOutput::TurnOutput(net::Runtime& runtime, const Clock& clock, Terminal& terminal, std::function<void()> gone)
    : clock_(clock),
      terminal_(terminal),
      writer_(terminal.out, std::move(gone)),
      started_(clock.monotonic()),
      timer_(runtime, [this] { tick(); }),
      waits_for_("verifying who can answer") {
  if (terminal_.look.moves) timer_.expire_after(kTick);
}

void TurnOutput::tick() {
  const auto waited = (clock_.monotonic() - started_).count() / 1000;
  writer_.write(
      as_bytes("\r\x1b[K" + dimmed(std::string(waits_for_) + ", " + std::to_string(waited) + " s", terminal_.look)));
  waiting_shown_ = true;
  timer_.expire_after(kTick);
}

void TurnOutput::stop_waiting() {
  timer_.stop();
  if (std::exchange(waiting_shown_, false)) writer_.write(as_bytes("\r\x1b[K"));
}

void TurnOutput::on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t) {
  stop_waiting();
  const std::string simulated = simulated_line(sealed_to);
  if (!simulated.empty() && !std::exchange(terminal_.told_simulated, true)) writer_.write(as_bytes(simulated + "\n"));
  writer_.write(as_bytes(dimmed(verdict_line(sealed_to, clock_.now()), terminal_.look) + "\n"));
  waits_for_ = "waiting for the first word";
  if (terminal_.look.moves) timer_.expire_after(kTick);
}

void TurnOutput::on_head(unsigned, const std::vector<codec::bhttp::Field>& fields) {
  for (const auto& field : fields) {
    if (field.name == "content-type") is_stream_ = field.value.starts_with("text/event-stream");
  }
}

void TurnOutput::on_content(ByteView bytes) {
  if (failed_) return;
  if (body_.size() + bytes.size() > kMaxHeldAnswerBytes) {
    body_ = {};
    failed_ = fail("answer_too_large").error();
    return;
  }
  body_.append(bytes);
  if (!is_stream_) return;
  if (auto fed = reader_.feed(bytes, [this](const SseEvent& event) { show(read_chat(event.data)); }); !fed) {
    failed_ = fed.error();
  }
}

void TurnOutput::show(const ChatPiece& piece) {
  length_ = length_ || piece.length;
  if (piece.error) error_ = *piece.error;
  if (piece.text.empty()) return;
  stop_waiting();
  text_.append(piece.text.reveal());
  SecretBytes safe;
  append_for_terminal(safe, piece.text.reveal_text());
  if (!safe.empty()) line_open_ = safe.reveal().back() != '\n';
  writer_.write(safe.reveal());
}

Result<void> TurnOutput::finish() {
  if (failed_) return std::unexpected(*failed_);
  if (!is_stream_) show(read_chat(body_.reveal_text()));
  return {};
}

void TurnOutput::end() {
  stop_waiting();
  if (std::exchange(line_open_, false)) writer_.write(as_bytes("\n"));
}

}  // namespace aipg::client
