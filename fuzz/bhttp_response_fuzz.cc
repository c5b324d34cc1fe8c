// SPDX-License-Identifier: Apache-2.0
// A response says the same in any pieces: all at once, byte by byte, and cut
// where the input's first byte says. What is finished, written again with its
// content in one chunk, says the same too.
#include <algorithm>
#include <cstdint>

#include "codec/bhttp.h"

namespace {

namespace bhttp = aipg::codec::bhttp;
using Reader = bhttp::ResponseReader;

struct Heard {
  std::vector<std::pair<unsigned, std::vector<bhttp::Field>>> heads;
  aipg::Bytes content;
  std::vector<std::vector<bhttp::Field>> ends;
  bool refused = false, finished = false;

  friend bool operator==(const Heard&, const Heard&) = default;

  void operator()(const Reader::Event& event) {
    if (const auto* head = std::get_if<Reader::Head>(&event)) heads.emplace_back(head->status, head->fields);
    if (const auto* piece = std::get_if<Reader::Content>(&event)) aipg::append(content, piece->bytes);
    if (const auto* end = std::get_if<Reader::End>(&event)) ends.push_back(end->trailers);
  }
};

Heard hear(aipg::ByteView bytes, std::size_t piece) {
  Heard heard;
  Reader reader;
  while (!bytes.empty() && !heard.refused) {
    const aipg::ByteView part = bytes.first(std::min(piece, bytes.size()));
    heard.refused = !reader.feed(part, std::ref(heard)).has_value();
    bytes = bytes.subspan(part.size());
  }
  heard.finished = reader.finished();
  return heard;
}

aipg::Bytes write(const Heard& heard) {
  aipg::Bytes out = bhttp::write_response_head(heard.heads[0].first, heard.heads[0].second);
  aipg::append(out, bhttp::content_chunk_header(heard.content.size()));
  aipg::append(out, heard.content);
  aipg::append(out, bhttp::write_response_end(heard.ends[0]));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0];
  const aipg::ByteView in{data + 1, size - 1};
  const Heard whole = hear(in, std::max<std::size_t>(in.size(), 1));
  if (hear(in, 1) != whole || hear(in, piece) != whole) __builtin_trap();
  if (whole.finished != (whole.ends.size() == 1 && !whole.refused)) __builtin_trap();
  if (whole.finished && hear(write(whole), piece) != whole) __builtin_trap();
  return 0;
}
