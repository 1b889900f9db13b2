/* A multiplication names a tile of the context and buffers of the client (ENOENT), and lies within the crossbar and
 * the buffers (ERANGE). If one does not, none of its batch is done. */
#include "check.h"

static struct context context;
static struct aimc_mvm good;

static int64_t with(struct aimc_mvm bad)
{
    const struct aimc_mvm mvms[3] = {good, bad, good};
    return submit(context, mvms, 3);
}

int main(void)
{
    context = new_context(open_device(), 0);
    struct aimc_device_info info = device_info(context.fd);
    struct buffer buffer = new_buffer(context.fd, PAGE);
    struct buffer foreign = new_buffer(open_device(), PAGE);
    struct aimc_mvm bad;
    good = mvm_of(context.tile, 8, 8, buffer, buffer);
    bad = good, bad.tile = context.tile ^ 1;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.tile = UINT32_MAX;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.input = buffer.handle + foreign.handle + 7;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.output = UINT32_MAX;
    CHECK_EQUAL(with(bad), -ENOENT);

    bad = good, bad.rows = info.rows + 1;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.columns = info.columns + 1;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.row = info.rows - 7;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.column = UINT32_MAX - 7;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.input_offset = PAGE - 7;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.output_offset = PAGE - 7;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.input_offset = UINT64_MAX - 7;
    CHECK_EQUAL(with(bad), -ERANGE);
    bad = good, bad.output_offset = UINT64_MAX;
    CHECK_EQUAL(with(bad), -ERANGE);
    CHECK_EQUAL(context_info(context.fd, context.ctx).submitted, 0);

    bad = good, bad.input_offset = PAGE - 8, bad.output_offset = PAGE - 8;
    CHECK_EQUAL(with(bad), 1);
    return ok();
}
