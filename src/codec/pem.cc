// SPDX-License-Identifier: Apache-2.0
#include "codec/pem.h"

#include "codec/base64.h"

namespace aipg::codec {
namespace {

// The lines around a block.
struct Frame {
  std::string_view begin, end;
};
constexpr Frame kCertificate{"-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"};
constexpr Frame kCrl{"-----BEGIN X509 CRL-----", "-----END X509 CRL-----"};
constexpr std::size_t kLine = 64, kUsualBlock = 2048;

void skip_white_space(std::string_view& text) {
  const std::size_t n = text.find_first_not_of(" \t\r\n");
  text.remove_prefix(std::min(n, text.size()));
}

// A line without its end, which is LF or CRLF; the last line of all may have none.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (end != text.npos && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Full lines of base64 but for the last, up to the end line.
Result<Bytes> parse_block(std::string_view& text, const Frame& frame, std::size_t offset) {
  if (take_line(text) != frame.begin) return fail("pem_invalid", "begin", offset);
  std::string encoded;
  encoded.reserve(std::min(text.size(), kUsualBlock));
  for (std::size_t before = kLine;;) {
    const std::string_view line = take_line(text);
    if (line == frame.end) break;
    if (line.empty() || line.size() > kLine || before != kLine) return fail("pem_invalid", "line", offset);
    before = line.size();
    encoded += line;
  }
  auto der = from_base64(encoded);
  if (!der || der->empty()) return fail("pem_invalid", "base64", offset);
  return *std::move(der);
}

}  // namespace

Result<std::vector<Bytes>> parse_pem_certificates(std::string_view in, std::size_t max_certificates, PemTail tail) {
  std::string_view rest = in;
  if (tail == PemTail::one_nul_allowed && rest.ends_with('\0')) rest.remove_suffix(1);
  const std::size_t size = rest.size();
  std::vector<Bytes> certificates;
  for (skip_white_space(rest); !rest.empty(); skip_white_space(rest)) {
    const std::size_t offset = size - rest.size();
    if (certificates.size() == max_certificates) return fail("pem_too_many", "certificates", offset);
    AIPG_TRY(Bytes der, parse_block(rest, kCertificate, offset));
    certificates.push_back(std::move(der));
  }
  if (certificates.empty()) return fail("pem_invalid", "empty");
  return certificates;
}

Result<Bytes> parse_pem_crl(std::string_view in) {
  std::string_view rest = in;
  skip_white_space(rest);
  AIPG_TRY(Bytes der, parse_block(rest, kCrl, in.size() - rest.size()));
  skip_white_space(rest);
  if (!rest.empty()) return fail("pem_too_many", "lists", in.size() - rest.size());
  return der;
}

std::string to_pem_certificate(ByteView der) {
  std::string out(kCertificate.begin);
  out += '\n';
  const std::string encoded = to_base64(der);
  for (std::size_t i = 0; i < encoded.size(); i += kLine) {
    out += encoded.substr(i, kLine);
    out += '\n';
  }
  out += kCertificate.end;
  out += '\n';
  return out;
}

}  // namespace aipg::codec
