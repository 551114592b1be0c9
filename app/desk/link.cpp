#include "app/desk/link.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base64url.h"
#include "core/error.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"
#include "core/series/known.h"
#include "core/session/session_file.h"

namespace gatescope::ui {
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kLongestLink = std::size_t{1} << 16;  // characters
constexpr std::size_t kMostInLink = std::size_t{1} << 20;   // bytes of JSON
constexpr const char* kOrigin = "the link";

/// A name as those of lessons and languages are, in which nothing is escaped in an address.
bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// What makes `to` of `from`: a merge patch, where `to` has no nulls.
nlohmann::json difference(const nlohmann::json& from, const nlohmann::json& to) {
  nlohmann::json patch = nlohmann::json::object();
  for (const auto& [key, value] : to.items()) {
    const auto before = from.find(key);
    if (before == from.end())
      patch[key] = value;
    else if (*before != value)
      patch[key] = before->is_object() && value.is_object() ? difference(*before, value) : value;
  }
  for (const auto& [key, value] : from.items())
    if (!to.contains(key)) patch[key] = nullptr;
  return patch;
}

nlohmann::json patched(nlohmann::json json, const nlohmann::json& patch) {
  json.merge_patch(patch);
  return json;
}

/// An experiment as links say it: without what is remembered of its data, and of rules, which are the
/// probe's.
nlohmann::json as_chosen(experiment::Experiment experiment) {
  experiment.task.near.clear();
  experiment.task.sha256.clear();
  experiment.task.characters = 0;
  experiment.task.learnt_series.reset();
  experiment.task.learnt_file.reset();
  experiment.force.clear();
  return to_json(experiment);
}

[[noreturn]] void refuse(const std::string& what) {
  fail("a link cannot hold {}: save the session, and send its file", what);
}

/// Throws where a lesson is no name of one that ships: a link opens no files.
void check_shared(const LessonPlace& place) {
  if (place.open() && !is_plain(place.lesson)) refuse("a lesson of your own, " + in_quotes(place.lesson));
  if (!is_plain(place.language)) fail("{} names no language {}", kOrigin, in_quotes(place.language));
}

/// Throws where an experiment is about what this machine alone has.
void check_shared(const experiment::Experiment& experiment) {
  const experiment::TaskSpec& task = experiment.task;
  if (experiment.begin_from) refuse("the weights that the training began from");
  if (task.kind == "text" && std::filesystem::path(task.text).has_parent_path())
    refuse("a text of your own, " + in_quotes(task.text));
  if (task.kind == "series" && series::find_known_series(task.series) == nullptr)
    refuse("a table of your own, " + in_quotes(task.series));
  if (!task.lines.empty()) refuse("labelled lines of your own, " + in_quotes(task.lines));
  if (!task.pair_file.empty()) refuse("pairs of your own, " + in_quotes(task.pair_file));
}

std::string compressed(const std::string& bytes) {
  auto size = ::compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION) != Z_OK)
    fail("the link could not be compressed");
  out.resize(size);
  return out;
}

std::string decompressed(const std::string& bytes) {
  for (std::size_t room = std::size_t{1} << 12;; room *= 4) {
    std::string out(room, '\0');
    auto size = static_cast<uLongf>(room);
    const int code =
        ::uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                     reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
    out.resize(size);
    if (code == Z_OK) return out;
    if (code != Z_BUF_ERROR || room >= kMostInLink) fail("{} is damaged: copy all of it", kOrigin);
  }
}

/// From the version on: behind the #, or behind the scheme.
std::string_view fragment_of(std::string_view text) {
  if (const std::size_t hash = text.find('#'); hash != text.npos) return text.substr(hash + 1);
  if (text.starts_with(kLinkScheme)) text.remove_prefix(kLinkScheme.size());
  return text;
}

/// The version that a link says it is of; 0 where it says none.
int version_of(std::string_view fragment) {
  int version = 0;
  if (!fragment.starts_with('v')) return 0;
  const char *begin = fragment.data() + 1, *end = fragment.data() + fragment.size();
  const auto [rest, code] = std::from_chars(begin, end, version);
  return code == std::errc() && rest != end && *rest == '.' && version > 0 ? version : 0;
}

/// What an address says of a key behind its "?"; none where it says nothing.
std::optional<std::string> asked_in(std::string_view text, std::string_view key) {
  std::string_view rest = text.substr(0, text.find('#'));
  const std::size_t question = rest.find('?');
  if (question == rest.npos) return std::nullopt;
  for (rest.remove_prefix(question + 1); !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.substr(0, part.find('=')) == key)
      return std::string(part.substr(std::min(part.size(), key.size() + 1)));
  }
  return std::nullopt;
}

/// What the address before a link says of the lesson.
void follow_address(std::string_view text, LessonPlace& place) {
  const auto lesson = asked_in(text, "lesson"), language = asked_in(text, "lang");
  if (lesson && *lesson != place.lesson) {
    place = LessonPlace();
    place.lesson = *lesson;
  }
  if (language && place.open()) place.language = *language;
  check_shared(place);
}

}  // namespace

bool is_link(std::string_view text) {
  if (text.starts_with(kLinkScheme)) return true;
  if (text.find('#') != text.npos && version_of(fragment_of(text)) > 0) return true;
  return (text.starts_with('?') || text.find("://") != text.npos) && asked_in(text, "lesson");
}

std::optional<LessonPlace> lesson_from_address(std::string_view text) {
  if (text.find('#') != text.npos || !asked_in(text, "lesson")) return std::nullopt;
  LessonPlace place;
  follow_address(text, place);
  return place;
}

std::string to_text(const Link& link) {
  nlohmann::json json = nlohmann::json::object();
  if (!link.preset.empty()) json["preset"] = link.preset;
  if (!link.experiment.empty()) json["experiment"] = link.experiment;
  const auto add = [&](const char* key, const nlohmann::json& usual, const nlohmann::json& chosen) {
    if (nlohmann::json patch = difference(usual, chosen); !patch.empty()) json[key] = std::move(patch);
  };
  add("probe", session::to_json(session::Probe()), session::to_json(link.probe));
  add("view", to_json(ViewState()), to_json(link.view));
  if (link.lesson.open()) json["lesson"] = to_json(link.lesson);
  return fmt::format("v{}.{}", kVersion, to_base64url(compressed(json.dump())));
}

Link link_from_text(std::string_view text) {
  const std::string_view fragment = fragment_of(text);
  const int version = version_of(fragment);
  if (version == 0) fail("{} does not begin with its version, as in #v1.", kOrigin);
  if (version > kVersion)
    fail("{} is of a later version of Gatescope: it is in form {}, and this one reads up to {}", kOrigin,
         version, kVersion);
  if (fragment.size() > kLongestLink)
    fail("{} has {} characters, at most {} can be read", kOrigin, fragment.size(), kLongestLink);
  const auto bytes = from_base64url(fragment.substr(fragment.find('.') + 1));
  if (!bytes) fail("{} is damaged: copy all of it, and nothing behind it", kOrigin);
  const nlohmann::json json = parse_json(decompressed(*bytes), kOrigin);
  JsonReader reader(json, "", kOrigin);
  Link link;
  link.preset = reader.get("preset", "");
  const auto part = [&](const char* key) {
    const nlohmann::json* found = reader.find(key);
    if (found != nullptr && !found->is_object()) reader.reject(key, "an object");
    return found != nullptr ? *found : nlohmann::json::object();
  };
  link.experiment = part("experiment");
  if (link.experiment.empty()) link.experiment = {};
  link.probe = session::probe_from_json(patched(session::to_json(session::Probe()), part("probe")), kOrigin);
  link.view = view_state_from_json(patched(to_json(ViewState()), part("view")), kOrigin);
  if (const nlohmann::json lesson = part("lesson"); !lesson.empty())
    link.lesson = lesson_place_from_json(lesson, kOrigin);
  reader.finish();
  follow_address(text, link.lesson);
  return link;
}

Link link_to(const Document& document, const std::string& name, const experiment::Experiment& preset) {
  check_shared(document.experiment);
  check_shared(document.lesson);
  Link link{.preset = name,
            .experiment = {},
            .probe = document.probe,
            .view = document.view,
            .lesson = document.lesson};
  link.probe.loss_step.reset();
  link.lesson.answers.clear();
  const nlohmann::json from = as_chosen(name.empty() ? experiment::Experiment() : preset),
                       to = as_chosen(document.experiment);
  if (nlohmann::json patch = difference(from, to); !patch.empty()) link.experiment = std::move(patch);
  return link;
}

experiment::Experiment experiment_of(const Link& link, const experiment::Experiment& preset) {
  experiment::Experiment experiment = link.preset.empty() ? experiment::Experiment() : preset;
  if (!link.experiment.empty())
    experiment = experiment::from_json(patched(as_chosen(experiment), link.experiment), kOrigin);
  experiment.task.beside = preset.task.beside;
  check_shared(experiment);
  return experiment;
}

}  // namespace gatescope::ui
