// How the third generation tells that a call was refused.

/** Returns what a generated function threw: the answer itself, with what it says where that was read. */
export async function refusalOf(call) {
  try {
    await call();
  } catch (answer) {
    return { status: answer.status, message: answer.error?.message ?? "" };
  }
  throw new Error("nothing was thrown");
}
