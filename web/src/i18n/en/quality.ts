export const quality = {
  title: "Data quality",
};
