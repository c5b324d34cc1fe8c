// SPDX-License-Identifier: Apache-2.0
#include "codec/bhttp.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "codec/bhttp_fixture.h"

namespace aipg::codec::bhttp {
namespace {

using namespace fixture;

// --- requests ---------------------------------------------------------------------

// A request in its parts, each as it stands on the wire, so that a test can break one.
struct Wire {
  Bytes framing{0};
  std::string method = "\x04POST", scheme = "\x05https", authority{'\0'}, path = "\x0d/v1/responses";
  std::string fields = std::string("\x06\x01") + "a\x03" + "b c";
  std::string content = "\x02{}", trailers{'\0'}, after{};

  [[nodiscard]] Bytes bytes() const {
    Bytes out = framing;
    for (const auto& part : {method, scheme, authority, path, fields, content, trailers, after})
      append(out, as_bytes(part));
    return out;
  }
};

void expect_refused(const Wire& wire, Literal where) {
  const Bytes bytes = wire.bytes();
  const auto request = parse_request(bytes);
  ASSERT_FALSE(request.has_value()) << where.view();
  EXPECT_EQ(request.error().code, Literal("bhttp_invalid"));
  EXPECT_EQ(request.error().where, where) << request.error().where.view();
}

// A field section of one line, with one-byte lengths.
std::string section(std::string_view name, std::string_view value) {
  std::string line;
  line += static_cast<char>(name.size());
  line += name;
  line += static_cast<char>(value.size());
  line += value;
  return static_cast<char>(line.size()) + line;
}

TEST(BhttpRequest, ReadsItsParts) {
  const Bytes bytes = Wire().bytes();
  const auto request = parse_request(bytes);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->scheme, "https");
  EXPECT_EQ(request->authority, "");
  EXPECT_EQ(request->path, "/v1/responses");
  EXPECT_EQ(request->fields, (Fields{{"a", "b c"}}));
  EXPECT_EQ(as_text(request->content), "{}");
}

TEST(BhttpRequest, WritesWhatItReads) {
  const std::string body(100'000, 'x');
  const SecretBytes bytes = write_request({"POST", "/v1/embeddings", kFields, as_bytes(body)});
  const auto request = parse_request(bytes.reveal());
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->path, "/v1/embeddings");
  EXPECT_EQ(request->fields, kFields);
  EXPECT_EQ(as_text(request->content), body);
  const SecretBytes small = write_request({"POST", "/v1/responses", {{"a", "b c"}}, as_bytes("{}")});
  EXPECT_TRUE(equal(small.reveal(), Wire().bytes()));
}

TEST(BhttpRequest, RefusesOtherFramings) {
  for (std::uint8_t framing : {1, 2, 3, 4}) expect_refused({.framing = {framing}}, "framing");
  expect_refused({.framing = {0x40, 0x00}}, "framing");
}

TEST(BhttpRequest, RefusesControlDataOutsideTheProfile) {
  using namespace std::string_literals;
  expect_refused({.method = "\0"s}, "method");
  expect_refused({.method = "\x04PO T"}, "method");
  expect_refused({.scheme = "\x04http"}, "scheme");
  expect_refused({.scheme = "\x05HTTPS"}, "scheme");
  expect_refused({.scheme = "\0"s}, "scheme");
  expect_refused({.authority = "\x01h"}, "authority");
  for (const auto& path : {"\0"s, "\x01*"s, "\x02v1"s, "\x03/ x"s, "\x02/\n"s, "\x03/\xc3\xa4"s, "\x02/\x7f"s}) {
    expect_refused({.path = path}, "path");
  }
}

TEST(BhttpRequest, RefusesVarintsThatAreNotMinimal) {
  using namespace std::string_literals;
  expect_refused({.method = "\x40\x04POST"}, "method");
  expect_refused({.path = "\x80\0\0\x0d/v1/responses"s}, "path");
  expect_refused({.fields = "\x40\0"s}, "fields");
  expect_refused({.content = "\xc0\0\0\0\0\0\0\x02{}"s}, "content");
  expect_refused({.trailers = "\x40\0"s}, "trailers");
}

TEST(BhttpRequest, RefusesFieldsThatAreNoFields) {
  for (std::string_view name : {"", "A", "a b", "a:", ":path", "a\n", "\xc3\xa4"}) {
    expect_refused({.fields = section(name, "v")}, "field_name");
  }
  for (std::string_view value : {" v", "v ", "a\nb", "a\rb", "a\tb", "\x7f", "\x01"}) {
    expect_refused({.fields = section("a", value)}, "field_value");
  }
  expect_refused({.fields = "\x02\x01"
                            "a"},
                 "fields");
  expect_refused({.fields = "\x03\x01"
                            "a\x01"},
                 "fields");
}

TEST(BhttpRequest, LimitsItsFields) {
  const auto parse_with = [](const Fields& fields) {
    const SecretBytes bytes = write_request({"POST", "/", fields, {}});
    const auto request = parse_request(bytes.reveal());
    return request ? Literal() : request.error().where;
  };
  EXPECT_EQ(parse_with(Fields(64, {"a", "b"})), Literal());
  EXPECT_EQ(parse_with(Fields(65, {"a", "b"})), Literal("field_count"));
  const std::size_t rest = (8 << 10) - 4;  // less the name and both lengths
  EXPECT_EQ(parse_with({{"a", std::string(rest, 'v')}}), Literal());
  EXPECT_EQ(parse_with({{"a", std::string(rest + 1, 'v')}}), Literal("section_length"));
}

TEST(BhttpRequest, RefusesTrailersAndTrailingBytes) {
  expect_refused({.trailers = section("a", "b")}, "trailers");
  expect_refused({.after = "x"}, "trailing");
  expect_refused({.after = std::string(1, '\0')}, "trailing");  // padding
}

TEST(BhttpRequest, RefusesEveryTruncation) {
  const Bytes whole = Wire().bytes();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const auto request = parse_request(ByteView(whole).first(n));
    ASSERT_FALSE(request.has_value()) << n;
    EXPECT_EQ(request.error().code, Literal("bhttp_invalid"));
  }
}

TEST(BhttpRequest, RefusesLengthsPastTheEnd) {
  expect_refused({.content = "\xff\xff\xff\xff\xff\xff\xff\xff{}"}, "content");
  expect_refused({.fields = "\xbf\xff\xff\xff"}, "fields");
}

// --- responses --------------------------------------------------------------------

void expect_refused(ByteView bytes, Literal where) {
  for (std::size_t piece : {bytes.size(), std::size_t{1}}) {
    const Heard heard = hear(bytes, piece);
    EXPECT_EQ(heard.refused, where) << heard.refused.view();
    EXPECT_FALSE(heard.finished);
  }
}

TEST(BhttpResponse, WritesKnownForms) {
  EXPECT_EQ(to_hex(write_response_head(200, {{"a", "b"}})), "0340c80161016200");
  EXPECT_EQ(to_hex(content_chunk_header(5)), "05");
  EXPECT_EQ(to_hex(content_chunk_header(0)), "");
  EXPECT_EQ(to_hex(content_chunk_header(16384)), "80004000");
  EXPECT_EQ(to_hex(write_response_end({{"t", ""}})), "0001740000");
}

TEST(BhttpResponse, ReadsWhatIsWritten) {
  const Bytes bytes = response({"data: 1\n\n", "", std::string(70'000, 'z')}, {{"aipg-receipt", "e30"}});
  const Heard heard = hear(bytes, bytes.size());
  ASSERT_EQ(heard.heads.size(), 1U);
  EXPECT_EQ(heard.heads[0].status, 200U);
  EXPECT_EQ(heard.heads[0].fields, kFields);
  EXPECT_EQ(heard.content, "data: 1\n\n" + std::string(70'000, 'z'));
  ASSERT_EQ(heard.ends.size(), 1U);
  EXPECT_EQ(heard.ends[0].trailers, (Fields{{"aipg-receipt", "e30"}}));
  EXPECT_TRUE(heard.finished);
}

TEST(BhttpResponse, DamageIsSeenTheSameInAnyPieces) {
  const Bytes whole = response({"{\"a\":1}", "tail"}, {{"t", "v"}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes damaged = whole;
      damaged[i] ^= static_cast<std::uint8_t>(1U << bit);
      const Heard all = hear(damaged, damaged.size());
      expect_same(all, hear(damaged, 1));
      expect_same(all, hear(damaged, 3));
    }
  }
}

TEST(BhttpResponse, IsFinishedOnlyAtItsEnd) {
  const Bytes whole = response({"abc"}, {{"t", "v"}});
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Heard heard = hear(ByteView(whole).first(n), 4);
    EXPECT_FALSE(heard.finished) << n;
    EXPECT_TRUE(heard.ends.empty()) << n;
    EXPECT_EQ(heard.refused, Literal()) << n;
  }
}

TEST(BhttpResponse, KnowsWhereAChunkEnds) {
  ResponseReader reader;
  const auto feed = [&](ByteView bytes) { return reader.feed(bytes, [](const auto&) {}).has_value(); };
  EXPECT_FALSE(reader.at_chunk_boundary());
  EXPECT_TRUE(feed(write_response_head(200, {})));
  EXPECT_TRUE(reader.at_chunk_boundary());
  const Bytes header = content_chunk_header(100);
  EXPECT_TRUE(feed(ByteView(header).first(1)));
  EXPECT_FALSE(reader.at_chunk_boundary());
  EXPECT_TRUE(feed(ByteView(header).subspan(1)));
  EXPECT_FALSE(reader.at_chunk_boundary());
  EXPECT_TRUE(feed(Bytes(99)));
  EXPECT_FALSE(reader.at_chunk_boundary());
  EXPECT_TRUE(feed(Bytes(1)));
  EXPECT_TRUE(reader.at_chunk_boundary());
  EXPECT_TRUE(feed(write_response_end({})));
  EXPECT_FALSE(reader.at_chunk_boundary());
  EXPECT_TRUE(reader.finished());
}

TEST(BhttpResponse, RefusesOtherFramingsAndStatus) {
  for (std::uint8_t framing : {0, 1, 2, 4}) expect_refused(Bytes{framing, 0x40, 0xc8, 0}, "framing");
  for (unsigned status : {0U, 100U, 103U, 199U, 600U, 70'000U})
    expect_refused(write_response_head(status, {}), "status");
  for (unsigned status : {200U, 400U, 599U})
    EXPECT_EQ(hear(write_response_head(status, {}), 1).heads[0].status, status);
}

TEST(BhttpResponse, RefusesVarintsThatAreNotMinimal) {
  expect_refused(from_hex("400340c800").value(), "varint");
  expect_refused(from_hex("03800000c800").value(), "varint");
  expect_refused(from_hex("0340c8004001").value(), "varint");
  expect_refused(from_hex("0340c800c000000000000000").value(), "varint");
}

TEST(BhttpResponse, RefusesFieldsThatAreNoFields) {
  for (const Field& field : Fields{{"A", ""}, {"a b", ""}, {":status", ""}}) {
    expect_refused(write_response_head(200, {field}), "field_name");
    expect_refused(response({}, {field}), "field_name");
  }
  for (const Field& field : Fields{{"a", " "}, {"a", "x\r\ny"}, {"a", "\t"}}) {
    expect_refused(write_response_head(200, {field}), "field_value");
    expect_refused(response({"x"}, {field}), "field_value");
  }
}

TEST(BhttpResponse, LimitsItsFields) {
  EXPECT_TRUE(hear(response({}, Fields(64, {"a", "b"})), 7).finished);
  expect_refused(response({}, Fields(65, {"a", "b"})), "field_count");
  EXPECT_TRUE(hear(response({}, {{"a", std::string((64 << 10) - 1, 'v')}}), 4096).finished);
  expect_refused(response({}, {{"a", std::string(64 << 10, 'v')}}), "section_length");
  // A length is refused when it is read, before anything is held for it.
  expect_refused(from_hex("0340c8ffffffffffffffff").value(), "section_length");
}

TEST(BhttpResponse, StaysFailedOnceFailed) {
  ResponseReader reader;
  unsigned events = 0;
  const auto count = [&](const auto&) { ++events; };
  EXPECT_FALSE(reader.feed(Bytes{7}, count).has_value());
  EXPECT_FALSE(reader.feed(response({"x"}, {}), count).has_value());
  EXPECT_FALSE(reader.feed({}, count).has_value());
  EXPECT_EQ(events, 0U);
}

TEST(BhttpResponse, RefusesBytesAfterItsEnd) {
  Bytes bytes = response({"x"}, {});
  bytes.push_back(0);  // padding
  expect_refused(bytes, "after_end");
}

}  // namespace
}  // namespace aipg::codec::bhttp
