#include "presenter/view_json.hpp"

#include "base/json.hpp"

namespace nsscope::tui {

std::string view_json(const World& world, View view, const std::vector<Row>& rows,
                      const std::vector<ColumnId>& columns) {
    std::string out, cell;
    JsonWriter json(out);
    json.begin_object();
    json.key("schema");
    json.value("nsscope.view/1");
    json.key("time");
    json.value_time(world.time_ns);
    json.key("host");
    json.value(world.machine.host);
    json.key("view");
    json.value(info(view).name);
    json.key("columns");
    json.begin_array();
    for (const auto column : columns) json.value(heading(column, view));
    json.end_array();
    json.key("rows");
    json.begin_array();
    for (const auto& row : rows) {
        json.begin_object();
        json.key("depth");
        json.value(row.depth);
        json.key("cells");
        json.begin_array();
        for (const auto column : columns) {
            cell.clear();
            append_cell(cell, column, world, view, row);
            if (cell.empty())
                json.null();
            else
                json.value(cell);
        }
        json.end_array();
        json.end_object();
    }
    json.end_array();
    json.end_object();
    out += '\n';
    return out;
}

} // namespace nsscope::tui
