#include "core/in_quotes.h"

#include <nlohmann/json.hpp>

namespace gatescope {

std::string in_quotes(std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  if (cut) {
    std::size_t end = limit;
    for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back)
      --end;
    text = text.substr(0, end);
  }
  using nlohmann::json;
  std::string shown = json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
  if (cut) shown.insert(shown.size() - 1, "...");
  return shown;
}

}  // namespace gatescope
