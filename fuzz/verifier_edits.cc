// SPDX-License-Identifier: Apache-2.0
#include "verifier_edits.h"

#include "base/hex.h"
#include "codec/base64.h"

namespace aipg::fuzz {
namespace {

constexpr std::size_t kMaxEdits = 6, kMaxItemBytes = 1 << 20;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

class Recipe {
 public:
  explicit Recipe(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t out = rest_[0];
    rest_ = rest_.subspan(1);
    return out;
  }
  // Below `n`, which is not 0.
  std::size_t below(std::size_t n) {
    const std::size_t high = byte();
    return (high << 8 | byte()) % n;
  }
  ByteView some() {
    const std::size_t n = std::min<std::size_t>(byte(), rest_.size());
    const ByteView out = rest_.first(n);
    rest_ = rest_.subspan(n);
    return out;
  }

 private:
  ByteView rest_;
};

auto at(Bytes& bytes, std::size_t i) { return bytes.begin() + static_cast<std::ptrdiff_t>(i); }

// --- any bytes --------------------------------------------------------------------------

void flip_bit(Recipe& recipe, Bytes& item) {
  if (item.empty()) return;
  const std::size_t i = recipe.below(item.size());
  item[i] ^= static_cast<std::uint8_t>(1U << (recipe.byte() % 8));
}

void overwrite(Recipe& recipe, Bytes& item) {
  if (item.empty()) return;
  const std::size_t i = recipe.below(item.size());
  const ByteView with = recipe.some();
  std::ranges::copy(with.first(std::min(with.size(), item.size() - i)), at(item, i));
}

void insert(Recipe& recipe, Bytes& item) {
  const std::size_t i = recipe.below(item.size() + 1);
  const ByteView more = recipe.some();
  item.insert(at(item, i), more.begin(), more.end());
}

void remove(Recipe& recipe, Bytes& item) {
  if (item.empty()) return;
  const std::size_t from = recipe.below(item.size());
  const std::size_t n = std::min<std::size_t>(1 + recipe.byte() % 64, item.size() - from);
  item.erase(at(item, from), at(item, from + n));
}

void cut(Recipe& recipe, Bytes& item) {
  if (!item.empty()) item.resize(recipe.below(item.size()));
}

void repeat(Recipe& recipe, Bytes& item) {
  if (item.empty()) return;
  const std::size_t from = recipe.below(item.size()), to = recipe.below(item.size());
  const std::size_t n = std::min<std::size_t>(recipe.byte(), item.size() - std::max(from, to));
  const Bytes piece(at(item, from), at(item, from + n));
  std::ranges::copy(piece, at(item, to));
}

// --- text ---------------------------------------------------------------------------------

struct Span {
  std::size_t from = 0, to = 0;
};

// Longest runs of these characters, of at least so many.
std::vector<Span> runs(ByteView text, std::string_view of, std::size_t least) {
  std::vector<Span> out;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && of.contains(static_cast<char>(text[i]))) continue;
    if (i - from >= least) out.push_back({from, i});
    from = i + 1;
  }
  return out;
}

// A bit of what base64 stands for: of a certificate, a report, a signature.
void flip_decoded(Recipe& recipe, Bytes& item) {
  const std::vector<Span> found = runs(item, kBase64, 32);
  if (found.empty()) return;
  const Span run = found[recipe.below(found.size())];
  const std::size_t whole = (run.to - run.from) / 4 * 4;
  auto bytes = codec::from_base64(as_text(ByteView(item).subspan(run.from, whole)));
  if (!bytes) return;
  flip_bit(recipe, *bytes);
  std::ranges::copy(codec::to_base64(*bytes), at(item, run.from));
}

// The values of a JSON text's members, as far as a scan can see: numbers and what stands in quotation marks.
std::vector<Span> values(ByteView text) {
  std::vector<Span> out;
  const std::string_view json = as_text(text);
  for (std::size_t colon = json.find(':'); colon != json.npos; colon = json.find(':', colon + 1)) {
    const std::size_t from = json.find_first_not_of(": ", colon);
    if (from == json.npos) break;
    const bool quoted = json[from] == '"';
    const std::size_t to = json.find_first_of(quoted ? "\"" : ",}]", from + 1);
    if (to != json.npos) out.push_back({from, to + (quoted ? 1 : 0)});
  }
  return out;
}

void set_value(Recipe& recipe, Bytes& item) {
  const std::vector<Span> found = values(item);
  if (found.empty()) return;
  const Span to = found[recipe.below(found.size())], from = found[recipe.below(found.size())];
  Bytes with = to_bytes(ByteView(item).subspan(from.from, from.to - from.from));
  if (const ByteView own = recipe.some(); !own.empty()) with = to_bytes(own);
  item.erase(at(item, to.from), at(item, to.to));
  item.insert(at(item, to.from), with.begin(), with.end());
}

void write_as_text(Recipe& recipe, Bytes& item) {
  item = to_bytes(recipe.byte() % 2 == 0 ? to_hex(item) : codec::to_base64(item));
}

// --- whole items -----------------------------------------------------------------------------

const Scenario& other(Recipe& recipe, const Originals& originals) {
  return originals.scenarios()[recipe.byte() % originals.scenarios().size()];
}

void take_from_another(Recipe& recipe, Bytes& item, const Originals& originals) {
  const Scenario& from = other(recipe, originals);
  item = from.items[recipe.byte() % from.items.size()];
}

void splice_from_another(Recipe& recipe, Bytes& item, const Originals& originals) {
  const Scenario& from = other(recipe, originals);
  const Bytes& source = from.items[recipe.byte() % from.items.size()];
  if (item.empty() || source.empty()) return;
  const std::size_t i = recipe.below(std::min(item.size(), source.size()));
  const std::size_t n = std::min({std::size_t{recipe.byte()}, item.size() - i, source.size() - i});
  std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(i), n, at(item, i));
}

void drop_one(Recipe& recipe, Edited& out) {
  std::vector<Bytes>& items = out.scenario.items;
  if (items.size() > 1) items.erase(items.begin() + 1 + recipe.byte() % static_cast<std::ptrdiff_t>(items.size() - 1));
}

void sign_anew(Recipe& recipe, Edited& out, const Originals& originals) {
  const auto evidence = originals.signed_anew(out.scenario.kind, recipe.some());
  if (!evidence) return;
  out.scenario.items[0] = *evidence;
  out.signed_anew.merge(signed_parts({out.scenario.kind, {*evidence}, {}}));
}

void edit(Recipe& recipe, Edited& out, const Originals& originals) {
  using EditItem = void (*)(Recipe&, Bytes&);
  constexpr std::array<EditItem, 9> kOfItems{flip_bit,     overwrite, insert,        remove, cut,
                                             flip_decoded, set_value, write_as_text, repeat};
  const std::size_t kind = recipe.byte() % (kOfItems.size() + 5);
  Bytes& item = out.scenario.items[recipe.byte() % out.scenario.items.size()];
  if (kind < kOfItems.size()) return kOfItems[kind](recipe, item);
  switch (kind - kOfItems.size()) {
    case 0:
      return take_from_another(recipe, item, originals);
    case 1:
      return splice_from_another(recipe, item, originals);
    case 2:
      return drop_one(recipe, out);
    case 3:
      return sign_anew(recipe, out, originals);
    default:
      out.later += milliseconds(3'600'000LL * (static_cast<int>(recipe.below(65'536)) - 32'768));
  }
}

}  // namespace

Edited follow(ByteView bytes, const Originals& originals) {
  Recipe recipe(bytes);
  Edited out;
  const std::uint8_t first = recipe.byte();
  out.strict = first < 128;
  out.scenario = originals.scenarios()[first % originals.scenarios().size()];
  for (std::size_t i = 0; i < kMaxEdits && !recipe.done(); ++i) {
    edit(recipe, out, originals);
    for (Bytes& item : out.scenario.items) item.resize(std::min(item.size(), kMaxItemBytes));
  }
  return out;
}

}  // namespace aipg::fuzz
