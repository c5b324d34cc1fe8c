// SPDX-License-Identifier: Apache-2.0
// For tests: responses, and what a reader says of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "codec/bhttp.h"

namespace aipg::codec::bhttp::fixture {

using Fields = std::vector<Field>;

inline const Fields kFields = {{"content-type", "application/json"}, {"aipg-cache-salt", ""}};

// What a reader said, with the pieces of content joined.
struct Heard {
  std::vector<ResponseReader::Head> heads;
  std::string content;
  std::vector<ResponseReader::End> ends;
  Literal refused = "";
  bool finished = false;

  void operator()(const ResponseReader::Event& event) {
    if (const auto* head = std::get_if<ResponseReader::Head>(&event)) heads.push_back(*head);
    if (const auto* piece = std::get_if<ResponseReader::Content>(&event)) content += as_text(piece->bytes);
    if (const auto* end = std::get_if<ResponseReader::End>(&event)) ends.push_back(*end);
  }
};

inline Heard hear(ByteView bytes, std::size_t piece) {
  Heard heard;
  ResponseReader reader;
  while (!bytes.empty()) {
    const std::size_t n = std::min(piece, bytes.size());
    if (const auto fed = reader.feed(bytes.first(n), std::ref(heard)); !fed) {
      EXPECT_EQ(fed.error().code, Literal("bhttp_invalid"));
      heard.refused = fed.error().where;
      break;
    }
    bytes = bytes.subspan(n);
  }
  heard.finished = reader.finished();
  return heard;
}

inline void expect_same(const Heard& a, const Heard& b) {
  ASSERT_EQ(a.heads.size(), b.heads.size());
  for (std::size_t i = 0; i < a.heads.size(); ++i) {
    EXPECT_EQ(a.heads[i].status, b.heads[i].status);
    EXPECT_EQ(a.heads[i].fields, b.heads[i].fields);
  }
  EXPECT_EQ(a.content, b.content);
  ASSERT_EQ(a.ends.size(), b.ends.size());
  for (std::size_t i = 0; i < a.ends.size(); ++i) EXPECT_EQ(a.ends[i].trailers, b.ends[i].trailers);
  EXPECT_EQ(a.refused, b.refused);
  EXPECT_EQ(a.finished, b.finished);
}

inline Bytes response(const std::vector<std::string>& chunks, const Fields& trailers) {
  Bytes out = write_response_head(200, kFields);
  for (const auto& chunk : chunks) {
    append(out, content_chunk_header(chunk.size()));
    append(out, as_bytes(chunk));
  }
  append(out, write_response_end(trailers));
  return out;
}

}  // namespace aipg::codec::bhttp::fixture
