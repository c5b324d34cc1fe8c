// SPDX-License-Identifier: Apache-2.0
// The profile of Binary HTTP (RFC 9292) that our seal carries: known-length
// requests; indeterminate-length responses with one final status and trailers.
// Minimal varints, no padding, no truncation, no informational responses.
// Field names are lower-case tokens; values have no control characters (tab
// included) and no space at either end; a section has at most 64 fields.
// Writers write what they are given; readers refuse what breaks the rules.
// Pure; sans-I/O; views borrow. Errors: bhttp_invalid.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace aipg::codec::bhttp {

struct Field {
  std::string name, value;
  friend bool operator==(const Field&, const Field&) = default;
};

struct RequestView {
  std::string_view method, scheme, authority, path;
  std::vector<Field> fields;
  ByteView content;
};

// Scheme must be "https", authority empty, trailers empty: the profile. The
// method is a token, the path printable ASCII from "/" on. At most 64 fields,
// their section at most 8 KiB.
[[nodiscard]] Result<RequestView> parse_request(ByteView in);

struct Request {
  std::string method, path;
  std::vector<Field> fields;
  ByteView content;
};
[[nodiscard]] SecretBytes write_request(const Request& request);

// --- responses, written and read as they are produced ---------------------------
// Head: framing indicator 3, status, fields, terminator.
[[nodiscard]] Bytes write_response_head(unsigned status, const std::vector<Field>& fields);
// What stands before a chunk of n bytes of content: its varint length; nothing when n is 0.
[[nodiscard]] Bytes content_chunk_header(std::size_t n);
// Content terminator and trailers: exactly what the last sealed chunk holds.
[[nodiscard]] Bytes write_response_end(const std::vector<Field>& trailers);

// Reads a response as its bytes arrive, in any pieces. Content is handed on in
// the pieces it came in; nothing is buffered but a field section, at most
// 64 KiB, and a partial varint. Stays failed once failed.
class ResponseReader {
 public:
  struct Head {
    unsigned status = 0;
    std::vector<Field> fields;
  };
  struct Content {
    ByteView bytes;  // borrows the argument of feed(), valid until it returns
  };
  struct End {
    std::vector<Field> trailers;
  };
  using Event = std::variant<Head, Content, End>;

  // Calls on_event for each part completed by these bytes. Bytes after the end: bhttp_invalid.
  [[nodiscard]] Result<void> feed(ByteView bytes, const std::function<void(const Event&)>& on_event);
  // True once End was seen and nothing follows.
  [[nodiscard]] bool finished() const { return state_ == State::end; }
  // True when what was fed so far ended exactly at the content terminator's start: no partial chunk pending.
  [[nodiscard]] bool at_chunk_boundary() const { return state_ == State::chunk_length && buffer_.empty(); }

 private:
  enum class State : std::uint8_t {
    framing,
    status,
    name_length,
    name,
    value_length,
    value,
    chunk_length,
    chunk,
    end,
    failed,
  };
  using OnEvent = std::function<void(const Event&)>;

  [[nodiscard]] Result<void> fail_with(Literal where);
  // One step: takes some bytes from the front of `bytes`; never none unless all are taken.
  [[nodiscard]] Result<void> step(ByteView& bytes, const OnEvent& on_event);
  [[nodiscard]] Result<void> on_varint(std::uint64_t value, const OnEvent& on_event);
  [[nodiscard]] Result<void> on_status(std::uint64_t value);
  [[nodiscard]] Result<void> on_length(std::uint64_t value, State then);
  [[nodiscard]] Result<void> on_text();
  void end_section(const OnEvent& on_event);

  State state_ = State::framing;
  SecretBytes buffer_;           // a partial varint, name or value
  std::uint64_t remaining_ = 0;  // bytes still to come of a name, a value or a chunk
  std::size_t section_bytes_ = 0;
  std::vector<Field> fields_;
  bool in_trailers_ = false;
  unsigned status_ = 0;
};

}  // namespace aipg::codec::bhttp
