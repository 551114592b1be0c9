#include "app/lesson/handout.h"

#include <fmt/format.h>

#include "core/files.h"

namespace gatescope::lesson {
namespace {

constexpr std::string_view kStyle = R"(
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
h1 { margin-bottom: 0; } .lead { color: #666; margin-top: .2em; }
section { margin: 2em 0; break-inside: avoid; } img { width: 100%; border: 1px solid #ccc; }
.task { border-left: 4px solid #2a6fdb; padding: .2em 1em; } .lines { border-bottom: 1px solid #999; height: 2em; }
.right { border-left: 4px solid #2a8a4a; padding: .2em 1em; } li { list-style: "☐ "; padding-left: .3em; }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// As HTML's paragraphs: empty lines part them.
std::string paragraphs(const std::vector<Run>& runs) {
  std::string out = "<p>";
  for (const Run& run : runs) {
    std::string text = escaped(run.text);
    for (std::size_t at; (at = text.find("\n\n")) != text.npos;) text.replace(at, 2, "</p><p>");
    const bool marked = run.kind != Run::Kind::words;
    out += marked ? "<b>" + text + "</b>" : text;
  }
  return out + "</p>\n";
}

/// RFC 4648.
std::string in_base64(const std::string& bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t k = 0; k < bytes.size(); k += 3) {
    std::uint32_t three = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - k);
    for (std::size_t j = 0; j < 3; ++j)
      three = three << 8 | (j < count ? static_cast<unsigned char>(bytes[k + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? letters[three >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::string picture(const std::filesystem::path& path, const std::string& name) {
  return fmt::format("<img alt=\"{}\" src=\"data:image/png;base64,{}\">\n", escaped(name),
                     in_base64(read_file(path)));
}

std::string section(const Played& step, std::size_t number, const Phrases& phrases, bool solutions) {
  std::string out = fmt::format("<section>\n<h2>{}</h2>\n", number);
  const bool shows_after = !step.after.empty() && (solutions || !step.asks);
  out += paragraphs(step.say) + picture(shows_after ? step.after : step.before, step.id);
  if (step.task.empty()) return out + "</section>\n";
  out += fmt::format("<div class=\"task\"><b>{}</b>{}", escaped(step.asks ? phrases.question : phrases.to_do),
                     paragraphs(step.task));
  if (!step.answers.empty()) {
    out += "<ul>";
    for (const std::string& answer : step.answers) out += "<li>" + escaped(answer) + "</li>";
    out += "</ul>";
  }
  if (!solutions && step.asks)
    out += fmt::format("<p>{}:</p><div class=\"lines\"></div>", escaped(phrases.your_answer));
  out += "</div>\n";
  if (solutions && step.asks)
    out += fmt::format("<div class=\"right\"><p><b>{}: {}</b></p>{}</div>\n", escaped(phrases.right),
                       escaped(step.right), paragraphs(step.reveal));
  return out + "</section>\n";
}

}  // namespace

std::string handout(const Lesson& lesson, const Words& words, const Phrases& phrases,
                    const std::vector<Played>& played, bool solutions) {
  const std::string kind = solutions ? phrases.solutions : phrases.hand_out;
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}: {}</title><style>{}"
      "</style></head>\n<body>\n<h1>{}</h1>\n<p class=\"lead\">{} · {} {}</p>\n<p>{}</p>\n",
      escaped(words.language), escaped(kind), escaped(words.title), kStyle, escaped(words.title),
      escaped(kind), lesson.minutes, escaped(phrases.minutes), escaped(words.sentence));
  for (std::size_t k = 0; k < played.size(); ++k) out += section(played[k], k + 1, phrases, solutions);
  return out + "</body>\n</html>\n";
}

}  // namespace gatescope::lesson
