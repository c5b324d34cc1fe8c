// SPDX-License-Identifier: Apache-2.0
#include "client/chat_output.h"

#include "client/core/outgoing_answer.h"
#include "client/core/verdict_line.h"

namespace aipg::client {

ChatOutput::ChatOutput(ChatForm form, Streams streams, bool keep, const Clock& clock, std::function<void()> gone)
    : form_(form), streams_(streams), keep_(keep), clock_(clock), writer_(streams.out, std::move(gone)) {}

void ChatOutput::on_verified(const std::vector<SharedCandidate>& sealed_to, std::uint16_t) {
  std::string text = simulated_line(sealed_to);
  if (!text.empty()) text += "\n";
  text += verdict_line(sealed_to, clock_.now()) + (streams_.terminal ? "\n\n" : "\n");
  std::fwrite(text.data(), 1, text.size(), streams_.err);
}

void ChatOutput::on_head(unsigned, const std::vector<codec::bhttp::Field>& fields) {
  for (const auto& field : fields) {
    if (field.name == "content-type") is_stream_ = field.value.starts_with("text/event-stream");
  }
}

void ChatOutput::on_content(ByteView bytes) {
  if (failed_) return;
  if (keep_ || !is_stream_) hold(bytes);
  if (!is_stream_ || failed_) return;
  Result<void> fed;
  if (form_ == ChatForm::json) {
    fed = inserter_.feed(bytes, [this](ByteView ready) { write(ready); });
  } else {
    fed = reader_.feed(bytes, [this](const SseEvent& event) { show(read_chat(event.data)); });
  }
  if (!fed) failed_ = fed.error();
}

void ChatOutput::hold(ByteView bytes) {
  if (whole_.size() + bytes.size() <= kMaxHeldAnswerBytes) return whole_.append(bytes);
  whole_ = {};
  failed_ = fail("answer_too_large").error();
}

void ChatOutput::show(const ChatPiece& piece) {
  length_ = length_ || piece.length;
  if (piece.error) error_ = *piece.error;
  if (piece.text.empty()) return;
  line_open_ = true;
  write(piece.text.reveal());
}

Result<void> ChatOutput::finish(const attest::AttestationText& attestation) {
  if (failed_) return std::unexpected(*failed_);
  if (form_ == ChatForm::text) {
    if (!is_stream_) show(read_chat(whole_.reveal_text()));
    end_line();
    return {};
  }
  if (is_stream_) return inserter_.finish(attestation, [this](ByteView ready) { write(ready); });
  error_ = read_chat(whole_.reveal_text()).error;
  AIPG_CHECK(insert_into_json(whole_.reveal(), attestation, [this](ByteView ready) { write(ready); }));
  // Only for eyes: a file holds exactly the answer's bytes, which the attestation is over.
  if (streams_.terminal) write(as_bytes("\n"));
  return {};
}

void ChatOutput::end_line() {
  if (form_ == ChatForm::text && std::exchange(line_open_, false)) write(as_bytes("\n"));
}

// Whatever the form: what could steer a terminal does not reach one.
void ChatOutput::write(ByteView bytes) {
  if (!streams_.terminal) return writer_.write(bytes);
  SecretBytes safe;
  append_for_terminal(safe, as_text(bytes));
  writer_.write(safe.reveal());
}

}  // namespace aipg::client
