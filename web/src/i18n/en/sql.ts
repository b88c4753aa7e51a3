export const sql = {
  title: "SQL console",
};
