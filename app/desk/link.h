#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "app/desk/document.h"

namespace gatescope::ui {

/// What a link restores: the choices, no weights. A link is "v1." and the base64url of a zlib stream (RFC
/// 1950) of JSON: the preset's name, what differs from that preset as a JSON merge patch (RFC 7386), and what
/// differs from a usual probe and view. It stands behind the # of the page's address, or behind "gatescope:".
struct Link {
  std::string preset = {};         ///< by name; empty: what differs is said of an experiment by its defaults
  nlohmann::json experiment = {};  ///< the merge patch; empty: nothing differs
  session::Probe probe = {};
  ViewState view = {};
  LessonPlace lesson = {};  ///< without the answers

  bool operator==(const Link&) const = default;
};

/// How a link begins that has no page's address before it.
inline constexpr std::string_view kLinkScheme = "gatescope:";

/// Whether a text is a link, of any version, or an address that names a lesson: not the name of a file or
/// preset.
bool is_link(std::string_view text);

/// From "v1." on.
std::string to_text(const Link& link);
/// Of a link with whatever address before it; a lesson that the address names, "?lesson=cell&lang=de", is in
/// it. Throws Error that says what is wrong with it; one of a later version is refused with both versions'
/// numbers.
Link link_from_text(std::string_view text);
/// The lesson that an address names which has no link behind it: it opens over what is there. None where
/// there is a link. Throws Error where the lesson or language is no plain name.
std::optional<LessonPlace> lesson_from_address(std::string_view text);

/// What a document needs beside the presets. `preset` is the one that is open, as its file says it, by this
/// name; the name is empty where none is. Throws Error that names what no link can hold: data, lessons
/// or weights of one's own.
Link link_to(const Document& document, const std::string& name, const experiment::Experiment& preset);
/// The experiment that a link means, from the preset that it names; where it names none, only the folder of
/// `preset`'s text is taken. Throws Error with the JSON pointer.
experiment::Experiment experiment_of(const Link& link, const experiment::Experiment& preset);

}  // namespace gatescope::ui
