// SPDX-License-Identifier: Apache-2.0
#include "codec/xml.h"

#include <gtest/gtest.h>

namespace aipg::codec::xml {
namespace {

std::string refused(std::string_view in, const Limits& limits = {}) {
  const auto document = parse(in, limits);
  return document ? "accepted" : std::string(document.error().code.view());
}

TEST(Xml, ReadsElementsAttributesAndTexts) {
  const auto document = parse("<a x='1' y=\"&lt;\">text<b/> <c>&amp;</c></a>");
  ASSERT_TRUE(document);
  const Node root = document->root();
  EXPECT_TRUE(root.is_element("", "a"));
  EXPECT_EQ(root.attribute("", "x"), "1");
  EXPECT_EQ(root.attribute("", "y"), "&lt;");
  EXPECT_EQ(root.attribute("", "z"), std::nullopt);
  const auto text = root.first_child();
  EXPECT_EQ(text->raw(), "text");
  const auto b = text->next_sibling();
  EXPECT_TRUE(b->is_element("", "b"));
  EXPECT_EQ(b->plain_text(), "");
  const auto space = b->next_sibling();
  EXPECT_TRUE(space->is_white_space());
  const auto c = space->next_sibling();
  EXPECT_EQ(c->plain_text(), std::nullopt);
  EXPECT_EQ(c->next_sibling(), std::nullopt);
  EXPECT_EQ(c->parent(), root);
  EXPECT_EQ(root.parent(), std::nullopt);
  EXPECT_EQ(root.next_sibling(), std::nullopt);
  EXPECT_EQ(root.plain_text(), std::nullopt);
}

TEST(Xml, WalksTheWholeDocumentInItsOrder) {
  const auto document = parse("<a>1<b><c/></b>2</a>");
  std::string seen;
  for (std::optional<Node> at = document->root(); at; at = at->next_in_document()) {
    seen += at->is_element() ? at->name().local : at->raw();
  }
  EXPECT_EQ(seen, "a1bc2");
}

TEST(Xml, ResolvesNamespaces) {
  const auto document = parse(R"(<a xmlns="http://d" xmlns:p="http://p"><p:b p:x="" y=""/><c xmlns=""/><d/></a>)");
  ASSERT_TRUE(document);
  const Node root = document->root();
  EXPECT_TRUE(root.is_element("http://d", "a"));
  const Node b = *root.first_child();
  EXPECT_TRUE(b.is_element("http://p", "b"));
  EXPECT_EQ(b.attribute("http://p", "x"), "");
  EXPECT_EQ(b.attribute("", "y"), "");
  const Node c = *b.next_sibling();
  EXPECT_TRUE(c.is_element("", "c"));
  EXPECT_TRUE(c.next_sibling()->is_element("http://d", "d"));
}

TEST(Xml, SortsAttributesAndNamespacesCanonically) {
  const auto document = parse(R"(<a xmlns:z="http://a" xmlns:b="http://z" b:a="" z:a="" z="" a=""/>)");
  ASSERT_TRUE(document);
  std::string order;
  for (const Attribute& each : document->root().attributes()) order += std::string(each.name.qualified) + " ";
  EXPECT_EQ(order, "a z z:a b:a ");
  EXPECT_EQ(document->root().namespaces()[0].prefix, "b");
}

TEST(Xml, TakesWhiteSpaceAroundTheRootAndADeclaration) {
  EXPECT_EQ(refused("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<a />\n"), "accepted");
  EXPECT_EQ(refused(" <a\n b=\"\" ></a > "), "accepted");
  EXPECT_EQ(refused("<?xml version=\"1.0\"?><a/>"), "accepted");
}

TEST(Xml, RefusesAnythingElseAroundTheRoot) {
  EXPECT_EQ(refused(""), "xml_invalid");
  EXPECT_EQ(refused("text"), "xml_invalid");
  EXPECT_EQ(refused("<a/>text"), "xml_invalid");
  EXPECT_EQ(refused("<a/><b/>"), "xml_invalid");
  EXPECT_EQ(refused("\xef\xbb\xbf<a/>"), "xml_invalid");
  EXPECT_EQ(refused(" <?xml version=\"1.0\"?><a/>"), "xml_unsupported");
}

TEST(Xml, RefusesOtherVersionsAndEncodings) {
  EXPECT_EQ(refused("<?xml version=\"1.1\"?><a/>"), "xml_unsupported");
  EXPECT_EQ(refused("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"), "xml_unsupported");
  EXPECT_EQ(refused("<?xml version=\"1.0\" standalone=\"maybe\"?><a/>"), "xml_invalid");
  EXPECT_EQ(refused("<?xml version=\"1.0\" ?><a/>"), "xml_invalid");
}

TEST(Xml, RefusesWhatManifestsDoNotNeed) {
  for (std::string_view in : {"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a><!-- --></a>",
                              "<!-- --><a/>", "<a/><!-- -->", "<a><![CDATA[x]]></a>", "<a><?p i?></a>", "<?p i?><a/>",
                              "<a>&#65;</a>", "<a b='&#x41;'/>", "<a>\r\n</a>", "<a b='\n'/>", "<a b='\t'/>"}) {
    EXPECT_EQ(refused(in), "xml_unsupported") << in;
  }
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (std::string_view in : {"<a",           "<a>",
                              "<a></b>",      "<a><b></a></b>",
                              "</a>",         "<a b/>",
                              "<a b=/>",      "<a b=1/>",
                              "<a b='1/>",    "<a b='<'/>",
                              "<a b = '1'/>", "<a b='1'c='2'/>",
                              "<1a/>",        "<a:/>",
                              "<:a/>",        "<p:q:r/>",
                              "<a>&</a>",     "<a>&nbsp;</a>",
                              "<a b='&'/>",   "<a>]]></a>",
                              "<a>\x01</a>",  "<a>\xef\xbf\xbe</a>",
                              "<a / >",       "< a/>",
                              "<\xc3\xa9/>",  "<a//>"}) {
    EXPECT_EQ(refused(in), "xml_invalid") << in;
  }
  EXPECT_EQ(refused(std::string_view("<a>\0</a>", 8)), "xml_invalid");
}

TEST(Xml, RefusesInvalidUtf8) { EXPECT_EQ(refused("<a>\xc3</a>"), "xml_invalid_utf8"); }

TEST(Xml, RefusesNamespacesThatCouldBeReadInTwoWays) {
  for (std::string_view in : {"<p:a/>",
                              "<a p:b=''/>",
                              "<a xmlns:p=''/>",
                              "<a xmlns:p='relative'/>",
                              "<a xmlns:p='http://'/>",
                              "<a xmlns:p='http:///a'/>",
                              "<a xmlns:p='urn:a'/>",
                              "<a xmlns:p='http://a b'/>",
                              "<a xmlns:p='http://a#b#c'/>",
                              "<a xmlns:p='http://a&amp;b'/>",
                              "<a xmlns:p='http://a:b'/>",
                              "<a xmlns:xml='http://a'/>",
                              "<a xmlns:xmlns='http://a'/>",
                              "<a xmlns:XmlFoo='http://a'/>",
                              "<a xml:lang='en'/>",
                              "<xml:a/>",
                              "<xmlfoo/>",
                              "<a xmlfoo=''/>",
                              "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
                              "<a xmlns:p='http://www.w3.org/2000/xmlns/'/>",
                              "<xmlns:a/>"}) {
    EXPECT_EQ(refused(in), "xml_namespace") << in;
  }
}

TEST(Xml, ForgetsNamespacesWhereTheirElementEnds) {
  EXPECT_EQ(refused("<a><b xmlns:p='http://p'/><p:c/></a>"), "xml_namespace");
}

TEST(Xml, RefusesAnAttributeTwiceByWhatItMeans) {
  EXPECT_EQ(refused("<a b='' b=''/>"), "xml_duplicate_attribute");
  EXPECT_EQ(refused("<a xmlns:p='http://p' xmlns:q='http://p' p:b='' q:b=''/>"), "xml_duplicate_attribute");
  EXPECT_EQ(refused("<a xmlns:p='http://p' xmlns:p='http://q'/>"), "xml_duplicate_attribute");
  EXPECT_EQ(refused("<a xmlns='http://p' xmlns='http://p'/>"), "xml_duplicate_attribute");
  EXPECT_EQ(refused("<a xmlns='http://p' xmlns:p='http://p' p:b='' b=''/>"), "accepted");
}

TEST(Xml, KeepsItsLimits) {
  EXPECT_EQ(refused("<a></a>", {.max_bytes = 7}), "accepted");
  EXPECT_EQ(refused("<a></a>", {.max_bytes = 6}), "xml_too_large");
  EXPECT_EQ(refused("<a><b/></a>", {.max_depth = 2}), "accepted");
  EXPECT_EQ(refused("<a><b/></a>", {.max_depth = 1}), "xml_too_deep");
  EXPECT_EQ(refused("<a>1<b/></a>", {.max_nodes = 3}), "accepted");
  EXPECT_EQ(refused("<a>1<b/></a>", {.max_nodes = 2}), "xml_too_many");
  EXPECT_EQ(refused("<a b='' c=''/>", {.max_attributes_of_element = 2}), "accepted");
  EXPECT_EQ(refused("<a b='' c=''/>", {.max_attributes_of_element = 1}), "xml_too_many");
  EXPECT_EQ(refused("<a b=''><c d=''/></a>", {.max_attributes = 1}), "xml_too_many");
  EXPECT_EQ(refused("<a xmlns='http://a'><b xmlns='http://b'/></a>", {.max_namespaces = 1}), "xml_too_many");
  EXPECT_EQ(refused("<a><b xmlns='http://a'/><c xmlns='http://b'/></a>", {.max_namespaces = 1}), "accepted");
}

TEST(Xml, SaysWhere) {
  const auto document = parse("<a>\n<b></c></a>");
  EXPECT_EQ(document.error().offset, 7U);
  EXPECT_EQ(document.error().where.view(), "end tag");
}

TEST(Xml, RefusesEveryTruncation) {
  constexpr std::string_view kWhole = "<?xml version=\"1.0\"?><a xmlns:p='http://p' p:b='&amp;'>x<p:c/>&lt;</a>";
  ASSERT_EQ(refused(kWhole), "accepted");
  for (std::size_t n = 0; n < kWhole.size(); ++n) EXPECT_NE(refused(kWhole.substr(0, n)), "accepted") << n;
}

}  // namespace
}  // namespace aipg::codec::xml
