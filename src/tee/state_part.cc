// SPDX-License-Identifier: Apache-2.0
#include "tee/state_part.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/hex.h"
#include "codec/pem.h"

namespace aipg::tee {
namespace {

namespace fs = std::filesystem;
using crypto::Curve;
using crypto::EcPrivateKey;

constexpr std::string_view kFormatFile = "format", kFormat = "2\n";
constexpr std::size_t kMaxFileBytes = 64 << 10;

Result<void> write_all(int file, std::string_view text) {
  bool written = true;
  for (std::string_view rest = text; written && !rest.empty();) {
    const ssize_t n = ::write(file, rest.data(), rest.size());
    written = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  const bool synced = ::fsync(file) == 0;
  const bool closed = ::close(file) == 0;
  if (!written || !synced || !closed) return fail("simulator_state", "write");
  return {};
}

// Text that holds a key is wiped, whatever becomes of it.
struct SecretText {
  std::string text;
  SecretText(std::string secret) : text(std::move(secret)) {}  // NOLINT(google-explicit-constructor)
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
};

template <typename Key>
Result<Key> key_from(std::string hex, Result<Key> (*make)(ByteView)) {
  const SecretText text(std::move(hex));
  auto bytes = from_hex(text.text);
  if (!bytes) return fail("simulator_state", "key");
  auto key = make(*bytes);
  wipe(*bytes);
  if (!key) return fail("simulator_state", "key");
  return key;
}

std::string numbered(std::string_view name, std::size_t i, std::string_view ending) {
  return std::string(name) + "-" + std::to_string(i) + std::string(ending);
}

// Written beside its place and moved there.
Result<void> create(const fs::path& folder, const WritePart& write) {
  std::string temporary = folder.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) return fail("simulator_state", "create folder");
  const StatePart part(temporary);
  auto written = part.write_text(kFormatFile, kFormat);
  if (written) written = write(part);
  std::error_code ignored, moved;
  if (written) fs::rename(temporary, folder, moved);
  if (!written || moved) fs::remove_all(temporary, ignored);
  if (moved && !fs::exists(folder, ignored)) return fail("simulator_state", "move");
  return written;
}

}  // namespace

bool StatePart::has(std::string_view name) const {
  std::error_code error;
  return fs::exists(folder_ / name, error);
}

Result<void> StatePart::write_text(std::string_view name, std::string_view text) const {
  const int file = ::open((folder_ / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return fail("simulator_state", "create");
  return write_all(file, text);
}

Result<void> StatePart::write_hex(std::string_view name, ByteView bytes) const {
  const SecretText text(to_hex(bytes));
  return write_text(name, text.text);
}

Result<void> StatePart::write_chain(std::string_view name, const std::vector<Bytes>& chain) const {
  std::string text;
  for (const Bytes& der : chain) text += codec::to_pem_certificate(der);
  return write_text(name, text);
}

Result<void> StatePart::write_key(std::string_view name, const EcPrivateKey& key) const {
  return write_hex(name, key.scalar().reveal());
}

Result<void> StatePart::write_key(std::string_view name, const crypto::RsaPrivateKey& key) const {
  return write_hex(name, key.private_der().reveal());
}

Result<void> StatePart::write_responders(std::string_view name,
                                         const std::vector<SimulatedResponder>& responders) const {
  for (std::size_t i = 0; i < responders.size(); ++i) {
    AIPG_CHECK(write_chain(numbered(name, i, ".pem"), {responders[i].certificate}));
    AIPG_CHECK(write_key(numbered(name, i, ".key"), responders[i].key));
  }
  return {};
}

Result<std::string> StatePart::read_text(std::string_view name) const {
  std::ifstream file(folder_ / name, std::ios::binary);
  if (!file) return fail("simulator_state", "missing file");
  std::string out{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || out.size() > kMaxFileBytes) return fail("simulator_state", "read");
  return out;
}

Result<Bytes> StatePart::read_hex(std::string_view name, std::size_t size) const {
  AIPG_TRY(const std::string text, read_text(name));
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != size) return fail("simulator_state", "hex");
  return *std::move(bytes);
}

Result<std::vector<Bytes>> StatePart::read_chain(std::string_view name, std::size_t length) const {
  AIPG_TRY(const std::string text, read_text(name));
  auto chain = codec::parse_pem_certificates(text, length);
  if (!chain || chain->size() != length) return fail("simulator_state", "chain");
  return *std::move(chain);
}

Result<EcPrivateKey> StatePart::read_key(std::string_view name, Curve curve) const {
  AIPG_TRY(std::string text, read_text(name));
  if (curve == Curve::p256) {
    return key_from<EcPrivateKey>(std::move(text),
                                  [](ByteView scalar) { return EcPrivateKey::from_scalar(Curve::p256, scalar); });
  }
  return key_from<EcPrivateKey>(std::move(text),
                                [](ByteView scalar) { return EcPrivateKey::from_scalar(Curve::p384, scalar); });
}

Result<crypto::RsaPrivateKey> StatePart::read_rsa_key(std::string_view name) const {
  AIPG_TRY(std::string text, read_text(name));
  return key_from<crypto::RsaPrivateKey>(std::move(text), crypto::RsaPrivateKey::from_der);
}

Result<std::vector<SimulatedResponder>> StatePart::read_responders(std::string_view name, std::size_t count) const {
  std::vector<SimulatedResponder> out;
  for (std::size_t i = 0; i < count; ++i) {
    AIPG_TRY(std::vector<Bytes> certificate, read_chain(numbered(name, i, ".pem"), 1));
    AIPG_TRY(EcPrivateKey key, read_key(numbered(name, i, ".key"), Curve::p384));
    out.push_back({std::move(certificate.front()), std::move(key)});
  }
  return out;
}

Result<StatePart> open_part(const std::string& state_folder, std::string_view name, const WritePart& write) {
  const fs::path folder = fs::path(state_folder) / name;
  std::error_code error;
  fs::create_directories(state_folder, error);
  if (!fs::exists(folder, error)) AIPG_CHECK(create(folder, write));
  StatePart part(folder);
  // The first format had no number. It is read as far as it has what this one needs.
  if (!part.has(kFormatFile)) return part;
  AIPG_TRY(const std::string format, part.read_text(kFormatFile));
  if (format != kFormat) return fail("simulator_state_format", "another number");
  return part;
}

}  // namespace aipg::tee
