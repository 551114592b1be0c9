#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// What a file is, told by its bytes and never by its name.
namespace gatescope {

/// Whether the bytes begin a safetensors file: the length of a header, and the header's '{'.
bool is_safetensors(std::string_view bytes);

/// Whether the bytes begin a JSON object, after white space and a byte order mark.
bool is_json_object(std::string_view bytes);

/// "a PNG picture", "a safetensors file"; empty for a text and for what is not known. A text that happens to
/// begin like another format is a text.
std::string foreign_file(std::string_view bytes);

/// What would be right instead of such a file, from a semicolon on: "; save the model's state dict ..."; may
/// be empty.
std::string foreign_advice(std::string_view bytes);

/// The first bytes of a regular file, at most `count`. Throws Error as read_file does.
std::string read_beginning(const std::filesystem::path& path, std::size_t count = 4096);

}  // namespace gatescope
