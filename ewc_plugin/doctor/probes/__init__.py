"""What is asked in processes of their own? Scripts; nothing here is imported by the doctor."""
